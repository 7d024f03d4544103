/** The files of a set as members of what is built: an image as a bare file system, a kernel and a ramdisk as they are. */
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { Member } from '../driver.ts';

/** Ubuntu's and CirrOS' names for the files of a set called `name`. */
export const setNames = {
  image: (name: string): string => `${name}.img`,
  kernel: (name: string): string => `${name}-vmlinuz`,
  ramdisk: (name: string): string => `${name}-initrd`,
} as const;

/** The image, raw and to the byte. */
export function imageMember(name: string, source: SourceReference): Member {
  return { name: setNames.image(name), kind: 'disk', source, target: { format: 'raw' } };
}

/** A file whose bytes are taken as they are; `open` is called twice, for its size and for its bytes. */
export function copyMember(name: string, open: () => ByteSource): Member {
  const source = open();
  const { sizeBytes } = source;
  source.close();
  return { name, kind: 'copy', sizeBytes, open };
}

/** The name that the field gives, else the output's without its ending. */
export function setName(given: string, outputName: string): string {
  if (given !== '') return given;
  return outputName.replace(/\.(?:tar\.gz|tgz|tar|img|raw|qcow2)$/i, '') || 'image';
}
