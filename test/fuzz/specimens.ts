/** Small images of every format, made by our own writers, to be mutated: each with where its metadata lies. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DiskDriver } from '#engine/disks/driver.ts';
import { diskDrivers } from '#engine/disks/registry.ts';
import { convert } from '#engine/operations/convert.ts';
import { hashImage } from '#engine/operations/hash.ts';
import { openDisk } from '#engine/pipeline/open.ts';
import { noise, prose, writeRawDisk } from '../electron/engine/pattern.ts';
import { quietControl } from '../electron/engine/quiet-control.ts';

export interface Specimen {
  readonly format: string;
  readonly variant: string;
  readonly extension: string;
  readonly bytes: Uint8Array;
  /** SHA-256 of its disk. */
  readonly sha256: string;
  /** Offsets of the 8-byte words that are not guest data: what a mutation should hit. */
  readonly metadata: readonly number[];
}

/** What is on a disk, and how large that is. */
export interface SpecimenDisk {
  readonly capacityBytes: number;
  readonly pieces: readonly { readonly at: number; readonly bytes: Uint8Array }[];
}

const capacityBytes = (3 << 20) + 512;

const usualDisk: SpecimenDisk = {
  capacityBytes,
  pieces: [
    { at: 0, bytes: noise(5000, 31) },
    { at: 700_000, bytes: prose(150_000, 32) },
    { at: capacityBytes - 1500, bytes: noise(1500, 33) },
  ],
};

/** The variants that are one file; others are driven through these by their shared readers. */
function isOneFile(variant: string): boolean {
  return !/Flat|twoGbMaxExtent/i.test(variant);
}

/** Writes one small disk in every format and variant. */
export function makeSpecimens(folder: string, content: SpecimenDisk = usualDisk): readonly Specimen[] {
  const disk = writeRawDisk(join(folder, 'disk.raw'), content.capacityBytes, [...content.pieces]);
  return (diskDrivers as readonly DiskDriver[]).flatMap((driver) =>
    (driver.creation?.variants ?? [])
      .filter(({ id }) => driver.id !== 'raw' && isOneFile(id))
      .map(({ id: variant }) => {
        const extension = driver.extensions[0]!;
        const path = join(folder, `${driver.id}-${variant}.${extension}`);
        const target = { format: driver.id, variant };
        convert({ source: { path: disk, format: 'raw' }, outputPath: path, target }, quietControl());
        const bytes = new Uint8Array(readFileSync(path));
        const { sha256 } = hashImage({ path, format: driver.id }, quietControl());
        const metadata = metadataOf(path, driver.id, variant, bytes);
        return { format: driver.id, variant, extension, bytes, sha256, metadata };
      }),
  );
}

/** Frames without a checksum: what a damaged one decodes to is not the same in every version of libzstd. */
function isUnchecked(variant: string): boolean {
  return variant === 'zstd';
}

/** Every 8-byte word that no stored extent (nor, where damage would go unseen, an encoded one) covers and that is not zero. */
function metadataOf(path: string, format: string, variant: string, bytes: Uint8Array): number[] {
  const data = new Uint8Array(Math.ceil(bytes.length / 8));
  const disk = openDisk({ path, format });
  for (const extent of disk.extents({ start: 0, length: disk.capacityBytes })) {
    if (extent.state !== 'stored' && extent.state !== 'encoded') continue;
    if (extent.state === 'encoded' && !isUnchecked(variant)) continue;
    const length = extent.state === 'stored' ? extent.length : extent.encodedBytes;
    data.fill(1, Math.floor(extent.fileOffset / 8), Math.ceil((extent.fileOffset + length) / 8));
  }
  disk.close();
  const words: number[] = [];
  for (let word = 0; word < data.length; word++) {
    const part = bytes.subarray(word * 8, word * 8 + 8);
    if (data[word] === 0 && part.some((byte) => byte !== 0)) words.push(word * 8);
  }
  return words;
}
