/** Every disk format that Platter knows, and which one a file is. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { DiskDriver } from './driver.ts';
import { luks } from './luks/index.ts';
import { cdrom } from './cdrom/index.ts';
import { qcow2 } from './qcow2/index.ts';
import { raw } from './raw/index.ts';
import { recogniseSignature } from './signatures.ts';
import { vdi } from './vdi/index.ts';
import { vhd } from './vhd/index.ts';
import { vhdx } from './vhdx/index.ts';
import { vmdk } from './vmdk/index.ts';

/** In the order of asking; raw is the last answer. */
export const diskDrivers = [
  qcow2,
  vmdk,
  vhdx,
  vdi,
  vhd,
  luks,
  cdrom,
  raw,
] as const satisfies readonly DiskDriver[];

/**
 * The driver for what the file holds: the certain one, else the first that finds it possible.
 * @throws Failure `image.unsupported` for a format that is known by name only, `image.unrecognised` for an empty file.
 */
export function probeDisk(file: ByteSource): DiskDriver {
  if (file.sizeBytes === 0) throw new Failure('image.unrecognised', { path: file.path });
  let possible: DiskDriver | null = null;
  for (const driver of diskDrivers) {
    const certainty = driver.probe(file);
    if (certainty === 'certain') return driver;
    if (certainty === 'possible') possible ??= driver;
  }
  const signature = recogniseSignature(file);
  if (signature !== null && !signature.readsAsRaw) {
    throw new Failure('image.unsupported', {
      format: signature.id,
      feature: inEnglish('{format} files', { format: signature.title }),
    });
  }
  if (possible === null) throw new Failure('image.unrecognised', { path: file.path });
  return possible;
}

/** The drivers that claim the file for certain. More than one means that somebody made it look like two things. */
export function certainDrivers(file: ByteSource): readonly DiskDriver[] {
  return diskDrivers.filter((driver: DiskDriver) => driver.probe(file) === 'certain');
}

/** The driver with that id. @throws Failure `input.invalid`. */
export function diskDriver(id: string): DiskDriver {
  const driver = diskDrivers.find((candidate) => candidate.id === id);
  if (driver === undefined)
    throw new Failure('input.invalid', { problem: inEnglish('there is no disk format "{id}"', { id }) });
  return driver;
}
