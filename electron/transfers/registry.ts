/** The clouds that Platter brings images into, by their ids. Each one's code is loaded when it is used. */
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import type { DownloadResult, DownloadWork, UploadResult, UploadWork } from '#shared/domain/upload.ts';
import { Failure } from '#shared/failure.ts';
import type { TransferControl } from './control.ts';

/** Uploads as the account's cloud does it. @throws Failure `cloud.*`, `input.invalid`, `io.*`, `image.*`, `operation.*`. */
export async function upload(
  work: UploadWork,
  access: CloudAccess,
  control: TransferControl,
): Promise<UploadResult> {
  requireKnown(access);
  const { uploadImages } = await import('./openstack/upload.ts');
  return uploadImages(work, access, control);
}

/** Fetches an image. @throws Failure as upload(). */
export async function download(
  work: DownloadWork,
  access: CloudAccess,
  control: TransferControl,
): Promise<DownloadResult> {
  requireKnown(access);
  const { downloadImage } = await import('./openstack/download.ts');
  return downloadImage(work, access, control);
}

function requireKnown({ cloud, name }: CloudAccess): void {
  if (cloud === 'openstack') return;
  throw new Failure('input.invalid', {
    problem: `${name} is an account of ${cloud}, which Platter does not upload to`,
  });
}
