/** Google Compute Engine: a file into Cloud Storage, and an image made of it. */
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import type { UploadDescription } from '#shared/domain/cloud-description.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { TransferCloud } from '../cloud.ts';
import { tarGzip } from '../conversions.ts';
import type { GoogleClient } from './client.ts';
import { fields, googleSettings } from './settings.ts';

const uploads: UploadDescription = {
  nameTitle: inEnglish('Name of the image'),
  nameSuffix: '',
  kinds: ['file'],
  rawTitle: '',
  conversions: [tarGzip],
  takesCompressed: true,
  fetches: false,
  takesSets: false,
  properties: null,
  options: [
    {
      name: 'insert',
      title: inEnglish('Make an image of it'),
      help: inEnglish('Of a tar.gz with disk.raw. Else the file stays in the bucket.'),
      type: 'boolean',
      default: true,
    },
    {
      name: 'architecture',
      title: inEnglish('Architecture'),
      help: inEnglish('Of the machines that will start from it.'),
      type: 'choice',
      default: 'X86_64',
      choices: ['X86_64', 'ARM64'],
    },
    { name: 'uefi', title: inEnglish('It starts with UEFI'), help: '', type: 'boolean', default: true },
    {
      name: 'keepFile',
      title: inEnglish('Keep the file in the bucket'),
      help: inEnglish('The image does not need it.'),
      type: 'boolean',
      default: false,
      further: true,
    },
    {
      name: 'replace',
      title: inEnglish('Replace an object of that name'),
      help: '',
      type: 'boolean',
      default: false,
      further: true,
    },
  ],
};

async function withClient<T>(
  { settings }: CloudAccess,
  work: (client: GoogleClient) => Promise<T>,
): Promise<T> {
  const { GoogleClient } = await import('./client.ts');
  const client = new GoogleClient(googleSettings(settings));
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

export const google: TransferCloud = {
  id: 'google',
  title: inEnglish('Google Cloud'),
  fields,
  secrets: [],
  placeOf(settings) {
    const { project, bucket, prefix } = googleSettings(settings);
    return inEnglish('project {project}, by {bucket}', { project, bucket: `${bucket}/${prefix}` });
  },
  check: (access, signal) =>
    withClient(access, async (client) => {
      const { bucket, project, storageAddress, computeAddress } = client.settings;
      const { listImages } = await import('./images.ts');
      const request = signal === undefined ? {} : { signal };
      const address = `${storageAddress}/storage/v1/b/${encodeURIComponent(bucket)}/o?maxResults=1`;
      await client.json(inEnglish('look into the bucket {bucket}', { bucket }), address, request);
      const images = await listImages(client, signal);
      return {
        user: null,
        project,
        endpoint: computeAddress,
        facts: [
          { label: inEnglish('Bucket'), value: bucket },
          { label: inEnglish('Images'), value: String(images.length) },
        ],
        choices: {},
      };
    }),
  uploads,
  async upload(work, access, control) {
    const { uploadImage } = await import('./upload.ts');
    return uploadImage(work, access, control);
  },
  list: (access, signal) =>
    withClient(access, async (client) => {
      const { listImages } = await import('./images.ts');
      return listImages(client, signal);
    }),
  delete: (access, id, signal) =>
    withClient(access, async (client) => {
      const { deleteImage } = await import('./images.ts');
      await deleteImage(client, id, signal);
    }),
  async discard(access, object, signal, permission) {
    const { discardObject } = await import('./upload.ts');
    await discardObject(access, object, signal, permission);
  },
};
