/** Azure Blob Storage: disks go there as page blobs, from which managed disks and images are made. */
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import { asValue, inEnglish } from '#shared/in-english.ts';
import type { TransferCloud } from '../cloud.ts';
import { sources } from './accounts.ts';
import { azureSettings, endpointOf, fields, secrets } from './settings.ts';
import type { Storage } from './storage.ts';
import { uploads } from './uploads.ts';

/** Microsoft's SDK is loaded when it is needed: it is larger than the rest of a thread. */
async function storageOf(access: CloudAccess): Promise<Storage> {
  const { Storage } = await import('./storage.ts');
  return Storage.open(access);
}

export const azure: TransferCloud = {
  id: 'azure',
  title: inEnglish('Azure'),
  fields,
  secrets,
  sources,
  placeOf(settings) {
    const told = azureSettings(settings);
    const where = endpointOf(told) ?? inEnglish('by connection string');
    return told.container === ''
      ? where
      : inEnglish('{where}, container {container}', { where: asValue(where), container: told.container });
  },
  check: async (access, signal) => (await storageOf(access)).check(signal),
  uploads,
  async upload(work, access, control) {
    const { uploadBlobs } = await import('./upload.ts');
    return uploadBlobs(work, access, control);
  },
  async download(work, access, control) {
    const { downloadBlob } = await import('./download.ts');
    return downloadBlob(work, access, control);
  },
  list: async (access, signal) => (await storageOf(access)).list(signal),
  change: {
    edits: ['properties'],
    run: async (access, id, change, signal) => (await storageOf(access)).change(id, change, signal),
  },
  delete: async (access, id, signal) => (await storageOf(access)).delete(id, signal),
  discard: async (access, { id }, signal) => (await storageOf(access)).discard(id, signal),
};
