/** Any S3: objects in a bucket, Amazon's or anybody's. */
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import type { UploadDescription } from '#shared/domain/cloud-description.ts';
import type { CloudImage } from '#shared/domain/cloud-image.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { TransferCloud } from '../cloud.ts';
import { dynamicVhd, fixedVhd, qcow2, streamOptimizedVmdk } from '../conversions.ts';
import { fields, s3Access, s3Settings, secrets } from './settings.ts';
import type { S3Store, StoredObject } from './store.ts';

const uploads: UploadDescription = {
  nameTitle: inEnglish('Key'),
  nameSuffix: null,
  kinds: ['file', 'raw'],
  rawTitle: inEnglish('As a raw disk, read out while it is sent'),
  conversions: [qcow2, streamOptimizedVmdk, dynamicVhd, fixedVhd],
  takesCompressed: true,
  fetches: false,
  takesSets: false,
  properties: null,
  options: [
    {
      name: 'replace',
      title: inEnglish('Replace an object of that key'),
      help: '',
      type: 'boolean',
      default: false,
    },
  ],
};

async function withStore<T>(access: CloudAccess, work: (store: S3Store) => Promise<T>): Promise<T> {
  const { S3Store } = await import('./store.ts');
  const store = await S3Store.open(s3Access(access));
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

export const s3: TransferCloud = {
  id: 's3',
  title: 'S3',
  fields,
  secrets,
  placeOf(settings) {
    const { bucket, prefix, endpoint, region } = s3Settings(settings, '');
    return inEnglish('{bucket} at {where}', {
      bucket: `${bucket}/${prefix}`,
      where: endpoint ?? `Amazon ${region}`.trim(),
    });
  },
  check: (access, signal) =>
    withStore(access, async (store) => {
      const { bucket, prefix, endpoint, region, accessKeyId } = s3Access(access);
      await store.check(prefix, signal);
      return {
        user: accessKeyId === '' ? null : accessKeyId,
        project: null,
        endpoint: endpoint ?? `Amazon S3${region === '' ? '' : `, ${region}`}`,
        facts: [
          { label: inEnglish('Bucket'), value: bucket },
          ...(prefix === '' ? [] : [{ label: inEnglish('Folder'), value: prefix }]),
        ],
        choices: {},
      };
    }),
  uploads,
  async upload(work, access, control) {
    const { uploadObjects } = await import('./upload.ts');
    return uploadObjects(work, access, control);
  },
  async download(work, access, control) {
    const { downloadObject } = await import('./download.ts');
    return downloadObject(work, access, control);
  },
  list: (access, signal) =>
    withStore(access, async (store) => {
      const { prefix } = s3Access(access);
      const objects = await store.list(prefix, signal);
      return objects
        .filter(({ key }) => !key.endsWith('/'))
        .map((object) => imageOf(object, prefix))
        .sort((one, other) => other.createdAt.localeCompare(one.createdAt));
    }),
  delete: (access, id, signal) => withStore(access, (store) => store.delete(id, signal)),
  async discard(access, object, signal) {
    const { discardUpload } = await import('./upload.ts');
    return discardUpload(access, object, signal);
  },
};

function imageOf({ key, sizeBytes, tag, modifiedAt }: StoredObject, prefix: string): CloudImage {
  const name = key.slice(prefix.length);
  return {
    kind: 'object',
    id: key,
    name,
    status: 'stored',
    isComplete: true,
    diskFormat: /\.([A-Za-z0-9]{1,8})$/.exec(name)?.[1]?.toLowerCase() ?? null,
    sizeBytes,
    isProtected: false,
    tags: [],
    hash: /^[0-9a-f]{32}(-\d+)?$/.test(tag)
      ? { algorithm: tag.includes('-') ? 'md5 of parts' : 'md5', value: tag }
      : null,
    createdAt: modifiedAt,
    updatedAt: modifiedAt,
    facts: [],
    properties: {},
    record: null,
  };
}
