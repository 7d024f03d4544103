/** OpenStack: Keystone says who one is, Glance has the images. */
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { TransferCloud } from '../cloud.ts';
import { sources } from './accounts.ts';
import type { Glance } from './glance.ts';
import { fields, openStackAccess, openStackSettings, secrets } from './settings.ts';
import { uploads } from './uploads.ts';

async function withGlance<T>(access: CloudAccess, work: (glance: Glance) => Promise<T>): Promise<T> {
  const { Glance } = await import('./glance.ts');
  const glance = new Glance(openStackAccess(access));
  try {
    return await work(glance);
  } finally {
    glance.close();
  }
}

export const openstack: TransferCloud = {
  id: 'openstack',
  title: 'OpenStack',
  fields,
  secrets,
  sources,
  placeOf(settings) {
    const { authUrl, projectName } = openStackSettings(settings);
    return projectName === null
      ? authUrl
      : inEnglish('{where}, project {project}', { where: authUrl, project: projectName });
  },
  check: (access, signal) => withGlance(access, (glance) => glance.check(signal)),
  uploads,
  async upload(work, access, control) {
    const { uploadImages } = await import('./upload.ts');
    return uploadImages(work, openStackAccess(access), control);
  },
  async download(work, access, control) {
    const { downloadImage } = await import('./download.ts');
    return downloadImage(work, openStackAccess(access), control);
  },
  list: (access, signal) => withGlance(access, (glance) => glance.list(signal)),
  change: {
    edits: ['name', 'properties', 'isProtected'],
    run: (access, id, change, signal) => withGlance(access, (glance) => glance.change(id, change, signal)),
  },
  async definitions(access, signal) {
    const { readDefinitions } = await import('./definitions.ts');
    return withGlance(access, (glance) => readDefinitions(glance, signal));
  },
  delete: (access, id, signal) => withGlance(access, (glance) => glance.delete(id, signal)),
  discard: (access, { id }, signal) => withGlance(access, (glance) => glance.delete(id, signal)),
};
