/** resize: a disk grows, or loses a tail that nothing uses; in place where the format can, else by a copy that takes over. */
import type { ResizeRequest, ResizeResult } from '#shared/domain/conversion.ts';
import { Failure } from '#shared/failure.ts';
import { applyPatch, type FilePatch } from '../bytes/patch.ts';
import { FileSource } from '../bytes/source.ts';
import type { Control } from '../control.ts';
import type { DiskDriver } from '../disks/driver.ts';
import { itemName, openDisk, openSource } from '../pipeline/open.ts';
import { convert } from './convert.ts';
import { freeBackupPath } from './structure.ts';
import { refuseDataBehind } from './zeros-behind.ts';

/**
 * Gives the disk the capacity. Shrinking needs `shrink`, and a tail of zeros.
 * @throws Failure `input.invalid` when data lies behind the new end or shrinking was not allowed, `image.*`, `io.*`.
 */
export function resizeImage(request: ResizeRequest, control: Control): ResizeResult {
  const { path, capacityBytes } = request;
  refuseWrapped(path);
  const { oldBytes, driver, variant, single } = look(request, control);
  if (capacityBytes === oldBytes)
    return { path, oldBytes, newBytes: oldBytes, inPlace: true, backupPath: null };
  const patch = patchFor(driver, path, capacityBytes);
  let backupPath: string | null = null;
  if (patch !== null) {
    backupPath = freeBackupPath(path);
    control.throwIfCancelled();
    applyPatch(path, patch, backupPath);
  } else {
    if (!single) {
      throw new Failure('input.invalid', {
        problem: `${path} is one image of several files: convert it to change its size`,
      });
    }
    const target = { format: driver.id, ...(variant === null ? {} : { variant }) };
    convert({ source: { path }, outputPath: path, target, capacityBytes, force: true }, control, true);
  }
  const disk = openDisk({ path });
  const newBytes = disk.capacityBytes;
  disk.close();
  return { path, oldBytes, newBytes, inPlace: patch !== null, backupPath };
}

/** The bytes of a compressed file are not those of the disk in it. */
function refuseWrapped(path: string): void {
  const { source, wrapper } = openSource({ path });
  source.close();
  if (wrapper === null) return;
  throw new Failure('input.invalid', {
    problem: `${path} is compressed (${wrapper}): convert it to change its size`,
  });
}

interface Look {
  readonly oldBytes: number;
  readonly driver: DiskDriver;
  readonly variant: string | null;
  readonly single: boolean;
}

function look({ path, capacityBytes, shrink }: ResizeRequest, control: Control): Look {
  const disk = openDisk({ path });
  try {
    const oldBytes = disk.capacityBytes;
    if (capacityBytes < oldBytes) {
      if (!(shrink ?? false)) {
        throw new Failure('input.invalid', {
          problem: `the disk has ${oldBytes} bytes: making it smaller has to be asked for (--shrink)`,
        });
      }
      control.begin('preparing', 0, itemName({ path }));
      refuseDataBehind(disk, capacityBytes, control);
    }
    const { driver, reader } = disk.top;
    const known = driver.creation?.variants.some(({ id }) => id === reader.variant) ?? false;
    const keeps = disk.layers.length === 1 && reader.snapshots.length === 0 && driver.creation !== undefined;
    return { oldBytes, driver, variant: known ? reader.variant : null, single: keeps };
  } finally {
    disk.close();
  }
}

function patchFor(driver: DiskDriver, path: string, capacityBytes: number): FilePatch | null {
  const file = new FileSource(path);
  try {
    return driver.resize?.(file, capacityBytes) ?? null;
  } finally {
    file.close();
  }
}
