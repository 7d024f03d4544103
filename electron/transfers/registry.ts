/** The clouds that Platter brings images into, by their ids. Each one's code is loaded when it is used. */
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import { lacks, type CloudDescription, type UploadConversion } from '#shared/domain/cloud-description.ts';
import type { DownloadResult, DownloadWork, UploadResult, UploadWork } from '#shared/domain/upload.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { formatName } from '#shared/domain/format-name.ts';
import { resolveOptions } from '#engine/operations/target.ts';
import { azure } from './azure/index.ts';
import type { TransferCloud } from './cloud.ts';
import type { TransferControl } from './control.ts';
import { aws } from './aws/index.ts';
import { google } from './google/index.ts';
import { openstack } from './openstack/index.ts';
import { s3 } from './s3/index.ts';

export const transferClouds: readonly TransferCloud[] = [openstack, aws, azure, s3, google];

/** @throws Failure `input.invalid` for an id that no cloud has. */
export function transferCloud(id: string): TransferCloud {
  const found = transferClouds.find((cloud) => cloud.id === id);
  if (found !== undefined) return found;
  const known = transferClouds.map((cloud) => cloud.id).join(', ');
  throw invalid(inEnglish('Platter brings nothing into "{id}"; it knows {known}', { id, known }));
}

/** What forms are drawn from. */
export function describeTransferCloud(cloud: TransferCloud): CloudDescription {
  const { id, title, fields, secrets, sources, uploads } = cloud;
  return {
    id,
    title,
    fields,
    secrets,
    accountFiles: sources?.files?.title ?? null,
    upload: uploads,
    edits: cloud.change?.edits ?? [],
    lists: cloud.list !== undefined,
    downloads: cloud.download !== undefined,
    deletes: cloud.delete !== undefined,
    definesProperties: cloud.definitions !== undefined,
  };
}

/** Uploads as the account's cloud does it. @throws Failure `cloud.*`, `input.invalid`, `io.*`, `image.*`, `operation.*`. */
export async function upload(
  work: UploadWork,
  access: CloudAccess,
  control: TransferControl,
): Promise<UploadResult> {
  const cloud = transferCloud(access.cloud);
  requireTaken(work, cloud);
  const options = resolveOptions(cloud.uploads.options, work.options, cloud.title);
  const missing = lacks(cloud.uploads.options, options);
  if (missing.length > 0)
    throw invalid(
      inEnglish('{title} asks for: {missing}', { title: cloud.title, missing: missing.join(', ') }),
    );
  return cloud.upload({ ...work, options }, access, control);
}

/** Fetches an image. @throws Failure as upload(). */
export async function download(
  work: DownloadWork,
  access: CloudAccess,
  control: TransferControl,
): Promise<DownloadResult> {
  const cloud = transferCloud(access.cloud);
  if (cloud.download === undefined)
    throw invalid(inEnglish('nothing is downloaded from {title}', { title: cloud.title }));
  return cloud.download(work, access, control);
}

/** @throws Failure `input.invalid` for what the cloud has no use for: nothing is left out in silence. */
function requireTaken({ parts }: UploadWork, { title, uploads }: TransferCloud): void {
  if (parts.length === 0) throw invalid(inEnglish('there is nothing to upload'));
  for (const { role, source, properties } of parts) {
    if (role !== 'image' && !uploads.takesSets)
      throw invalid(inEnglish('{title} takes no {role} beside an image', { title, role }));
    if (source.kind === 'address') {
      if (!uploads.fetches)
        throw invalid(inEnglish('{title} does not fetch web addresses: download the file first', { title }));
    } else if (source.kind === 'converted') {
      const { format, wrapper } = source.target;
      const isIt = ({ target }: UploadConversion): boolean =>
        target.format === format && target.wrapper === wrapper;
      if (!uploads.conversions.some(isIt)) {
        throw invalid(
          inEnglish('nothing is converted to {format} on its way to {title}', {
            format: formatName(format),
            title,
          }),
        );
      }
    } else if (!uploads.kinds.includes(source.kind)) {
      throw invalid(
        source.kind === 'file'
          ? inEnglish('{title} does not take a file as it lies', { title })
          : inEnglish('{title} does not take a disk that is read out', { title }),
      );
    }
    if (uploads.properties === null && Object.keys(properties).length > 0) {
      throw invalid(inEnglish('{title} keeps no properties beside an image', { title }));
    }
  }
}

function invalid(problem: Message): Failure<'input.invalid'> {
  return new Failure('input.invalid', { problem });
}
