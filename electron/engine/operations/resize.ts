/** resize: a disk grows, or loses a tail that nothing uses; in place where the format can, else by a copy that takes over. */
import { chmodSync, realpathSync, statSync } from 'node:fs';
import type { ResizeRequest, ResizeResult, TargetRequest } from '#shared/domain/conversion.ts';
import { Failure, isFailure, systemFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { applyPatch, type FilePatch } from '../bytes/patch.ts';
import { FileSource } from '../bytes/source.ts';
import type { Control } from '../control.ts';
import type { Disk } from '../disks/chain.ts';
import type { DiskDriver } from '../disks/driver.ts';
import { itemName, openDisk } from '../pipeline/open.ts';
import { convertBeside } from './convert.ts';
import { keptOptions } from './kept-options.ts';
import { freeBackupPath, refuseWrapped } from './structure.ts';
import { refuseDataBehind } from './zeros-behind.ts';

/**
 * Gives the disk the capacity. Shrinking needs `shrink`, and a tail of zeros.
 * @throws Failure `input.invalid` when data lies behind the new end or shrinking was not allowed, or where a copy would
 * lose what the file holds beside the disk (snapshots, bitmaps, further files); `image.*`, `io.*`.
 */
export function resizeImage(request: ResizeRequest, control: Control): ResizeResult {
  const { path, capacityBytes } = request;
  refuseWrapped(path, 'change its size');
  const look = lookAt(request, control);
  const { oldBytes } = look;
  if (capacityBytes === oldBytes) {
    return { path, oldBytes, newBytes: oldBytes, inPlace: true, backupPath: null };
  }
  const patch = patchFor(look, path, capacityBytes);
  let backupPath: string | null = null;
  if (patch !== null) {
    backupPath = freeBackupPath(path);
    control.throwIfCancelled();
    applyPatch(path, patch, backupPath);
  } else {
    copyOver(look, path, capacityBytes, control);
  }
  const disk = openDisk({ path });
  const newBytes = disk.capacityBytes;
  disk.close();
  return { path, oldBytes, newBytes, inPlace: patch !== null, backupPath };
}

interface Look {
  readonly oldBytes: number;
  readonly driver: DiskDriver;
  /** What a copy is written as. */
  readonly target: TargetRequest;
  /** What a copy would lose; null when it loses nothing that matters. */
  readonly lost: string | null;
}

function lookAt({ path, capacityBytes, shrink }: ResizeRequest, control: Control): Look {
  const disk = openDisk({ path });
  try {
    const oldBytes = disk.capacityBytes;
    if (capacityBytes < oldBytes) {
      if (!(shrink ?? false)) {
        throw new Failure('input.invalid', {
          problem: inEnglish(
            'the disk has {oldBytes} bytes: making it smaller has to be asked for (--shrink)',
            { oldBytes },
          ),
        });
      }
      control.begin('preparing', 0, itemName({ path }));
      refuseDataBehind(disk, capacityBytes, control);
    } else {
      refuseParentBehind(disk, capacityBytes);
    }
    return { oldBytes, driver: disk.top.driver, target: targetOf(disk), lost: lostByCopy(disk) };
  } finally {
    disk.close();
  }
}

/** What a parent holds behind the end of its child would come into sight when the child grows. */
function refuseParentBehind(disk: Disk, capacityBytes: number): void {
  const { capacityBytes: oldBytes } = disk;
  const parent = disk.layers[1];
  if (parent === undefined || parent.reader.capacityBytes <= oldBytes || capacityBytes === oldBytes) return;
  throw new Failure('input.invalid', {
    problem: inEnglish(
      'the parent {path} is larger than the disk: what lies behind its end would come into sight; flatten it instead',
      { path: parent.path },
    ),
  });
}

function targetOf({ top: { driver, reader } }: Disk): TargetRequest {
  const { creation } = driver;
  const known = creation?.variants.some(({ id }) => id === reader.variant) ?? false;
  return {
    format: driver.id,
    ...(known ? { variant: reader.variant! } : {}),
    options: keptOptions(reader.options ?? {}, creation?.options ?? []),
  };
}

function lostByCopy({ layers, files, top: { driver, reader } }: Disk): string | null {
  if (driver.creation === undefined) return `Platter does not write ${driver.title} images`;
  if (layers.length > 1) return 'it stands on another image';
  if (files.length > 1) return 'it is one image of several files';
  if (reader.snapshots.length > 0) return 'it holds snapshots, which a copy would lose';
  if (reader.encryption !== null) return 'it is encrypted, which a copy would not be';
  if (reader.facts.some(({ label }) => label === 'Bitmap'))
    return 'it holds bitmaps, which a copy would lose';
  return null;
}

function patchFor({ driver, oldBytes }: Look, path: string, capacityBytes: number): FilePatch | null {
  const file = new FileSource(path);
  try {
    return driver.resize?.(file, capacityBytes) ?? null;
  } catch (error) {
    // The tail is known to read as zeros: where such are stored, a copy leaves them out.
    const sectors = capacityBytes > 0 && capacityBytes % 512 === 0;
    if (capacityBytes < oldBytes && sectors && isFailure(error, 'input.invalid')) return null;
    throw error;
  } finally {
    file.close();
  }
}

function copyOver({ target, lost }: Look, path: string, capacityBytes: number, control: Control): void {
  if (lost !== null) {
    throw new Failure('input.invalid', {
      problem: inEnglish(
        '{path} cannot change its size in place, and {lost}: convert it to change its size',
        { path, lost },
      ),
    });
  }
  // A link stays one: its target is what is replaced.
  const outputPath = realPath(path);
  const request = { source: { path }, outputPath, target, capacityBytes, force: true };
  const { output } = convertBeside(request, control, { replacesSource: true });
  try {
    chmodSync(output.partialPath, statSync(outputPath).mode & 0o7777);
    output.commit();
  } catch (error) {
    output.discard();
    throw systemFailure(error, outputPath);
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw systemFailure(error, path);
  }
}
