/** What of a prepared image, or of a single file, goes to a cloud: the images to be, in their order. */
import type { UploadConversion } from '#shared/domain/cloud-description.ts';
import type { PreparedFile } from '#shared/domain/preparation.ts';
import type { UploadPart } from '#shared/domain/upload.ts';

/** The file as it lies, the disk in it, a conversion of it, or fetched by the cloud from a web address. */
export type UploadKind = 'file' | 'raw' | 'address' | UploadConversion;

export type UploadFile = Pick<PreparedFile, 'role' | 'path'>;

interface Choices {
  /** What the image, or the first of several, is called there. */
  readonly name: string;
  readonly files: readonly UploadFile[];
  readonly kind: UploadKind;
  readonly address: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** Whether the files are kernel, RAM disk and image of one machine. */
export const isSet = (files: readonly UploadFile[]): boolean => files.some(({ role }) => role === 'kernel');

/**
 * One part a file. Of a set, the kernel and the RAM disk come first and have no properties: the image names them. Several disks
 * are images of their own, numbered as their files are.
 */
export function partsOf({ name, files, kind, address, properties }: Choices): UploadPart[] {
  const ofSet = isSet(files);
  return files.map(({ role: prepared, path }, index): UploadPart => {
    const role = prepared === 'kernel' || prepared === 'ramdisk' ? prepared : 'image';
    const ownName =
      role !== 'image' ? `${name}-${role}` : ofSet || files.length === 1 ? name : `${name}-${index + 1}`;
    return {
      role,
      name: ownName,
      source: sourceOf(kind, path, address),
      properties: role === 'image' ? properties : {},
    };
  });
}

function sourceOf(kind: UploadKind, path: string, address: string): UploadPart['source'] {
  if (kind === 'address') return { kind, address };
  if (typeof kind === 'string') return { kind, reference: { path } };
  return { kind: 'converted', reference: { path }, target: kind.target };
}

/** The word that stands for it in a choice. */
export const wordOf = (kind: UploadKind): string => (typeof kind === 'string' ? kind : kind.id);

/** In the order in which they are sent: what others name comes before them. */
export function inOrder(files: readonly UploadFile[]): readonly UploadFile[] {
  const rank = ({ role }: UploadFile): number => (role === 'kernel' ? 0 : role === 'ramdisk' ? 1 : 2);
  return [...files].sort((a, b) => rank(a) - rank(b));
}
