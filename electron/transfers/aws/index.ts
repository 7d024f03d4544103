/** Amazon EC2 by EBS direct: a disk's blocks become a snapshot, and the snapshot an image. */
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import type { UploadDescription } from '#shared/domain/cloud-description.ts';
import { asValue, inEnglish } from '#shared/in-english.ts';
import type { TransferCloud } from '../cloud.ts';
import type { AwsCloud } from './client.ts';
import { awsSettings, fields, secretKey } from './settings.ts';

const uploads: UploadDescription = {
  nameTitle: inEnglish('Name in EC2'),
  nameSuffix: '',
  kinds: ['raw'],
  rawTitle: inEnglish('Its blocks that hold anything, read out while they are sent'),
  conversions: [],
  takesCompressed: false,
  fetches: false,
  takesSets: false,
  properties: null,
  options: [
    {
      name: 'register',
      title: inEnglish('Register an image of it'),
      help: inEnglish('Else it stays a snapshot.'),
      type: 'boolean',
      default: true,
    },
    {
      name: 'architecture',
      title: inEnglish('Architecture'),
      help: inEnglish('Of the instances that will start from it.'),
      type: 'choice',
      default: 'x86_64',
      choices: ['x86_64', 'arm64', 'i386'],
    },
    {
      name: 'bootMode',
      title: inEnglish('Boot mode'),
      help: inEnglish('The firmware that instances start with.'),
      type: 'choice',
      default: 'usual',
      choices: ['usual', 'legacy-bios', 'uefi', 'uefi-preferred'],
      titles: { usual: inEnglish('As is usual for the type of the instance') },
    },
  ],
};

async function withCloud<T>(
  { settings, secret }: CloudAccess,
  work: (cloud: AwsCloud) => Promise<T>,
): Promise<T> {
  const { AwsCloud } = await import('./client.ts');
  const cloud = await AwsCloud.open(awsSettings(settings, secret));
  try {
    return await work(cloud);
  } finally {
    cloud.close();
  }
}

export const aws: TransferCloud = {
  id: 'aws',
  title: inEnglish('Amazon EC2'),
  fields,
  secrets: [secretKey],
  placeOf(settings) {
    const { region, profile } = awsSettings(settings, '');
    const where = region === '' ? inEnglish('the usual region') : region;
    return profile === ''
      ? where
      : inEnglish('{where}, profile {profile}', { where: asValue(where), profile });
  },
  check: (access, signal) =>
    withCloud(access, async (cloud) => {
      const { region, accessKeyId } = awsSettings(access.settings, access.secret);
      const snapshots = await cloud.uploadedSnapshots(null, signal);
      return {
        user: accessKeyId === '' ? null : accessKeyId,
        project: null,
        endpoint: region === '' ? 'Amazon EC2' : `Amazon EC2, ${region}`,
        facts: [{ label: inEnglish('Snapshots uploaded by Platter'), value: String(snapshots.length) }],
        choices: {},
      };
    }),
  uploads,
  async upload(work, access, control) {
    const { uploadSnapshots } = await import('./upload.ts');
    return uploadSnapshots(work, access, control);
  },
  list: (access, signal) =>
    withCloud(access, async (cloud) => {
      const { listImages } = await import('./images.ts');
      return listImages(cloud, signal);
    }),
  delete: (access, id, signal) =>
    withCloud(access, async (cloud) => {
      const { deleteImage } = await import('./images.ts');
      await deleteImage(cloud, id, signal);
    }),
  async discard(access, object, signal) {
    const { discardObject } = await import('./upload.ts');
    await discardObject(access, object, signal);
  },
};
