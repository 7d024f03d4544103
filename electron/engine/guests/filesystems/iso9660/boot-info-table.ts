/** The boot info table: what isolinux and GRUB find in their own image about where they lie (mkisofs manual). */
import { struct, u32le } from '../../../bytes/struct.ts';
import type { ByteSource } from '../../../bytes/source.ts';
import { format } from './layout.ts';

const table = struct({ format, name: 'boot info table' }, 56, {
  primaryDescriptorSector: u32le(0),
  fileSector: u32le(4),
  fileBytes: u32le(8),
  checksum: u32le(12),
});
const tableOffset = 8;
/** The checksum begins behind the table. */
const summedOffset = tableOffset + table.sizeBytes;
const windowBytes = 1 << 16;

/** What to write over the boot image `file`, which lies at `fileSector`, and where in it. */
export function bootInfoTable(
  file: ByteSource,
  primaryDescriptorSector: number,
  fileSector: number,
): { readonly fileOffset: number; readonly bytes: Uint8Array } {
  const fileBytes = file.sizeBytes;
  const bytes = table.encode({ primaryDescriptorSector, fileSector, fileBytes, checksum: checksumOf(file) });
  return { fileOffset: tableOffset, bytes };
}

/** The sum of the file's little-endian words, the last one filled up with zeros. */
function checksumOf(file: ByteSource): number {
  let sum = 0;
  for (let at = summedOffset; at < file.sizeBytes; at += windowBytes) {
    const length = Math.min(windowBytes, file.sizeBytes - at);
    const view = new DataView(new ArrayBuffer(Math.ceil(length / 4) * 4));
    file.read(at, new Uint8Array(view.buffer, 0, length));
    for (let word = 0; word < view.byteLength; word += 4) sum = (sum + view.getUint32(word, true)) >>> 0;
  }
  return sum;
}

/** The smallest boot image that has room for the table. */
export const smallestBootImageBytes = summedOffset;
