/** check and repair: whether an image's own tables are right, and mending them with a backup of what is replaced. */
import { existsSync } from 'node:fs';
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { RepairRequest, RepairResult, StructureReport } from '#shared/domain/structure.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { applyPatch, undoPatch } from '../bytes/patch.ts';
import { FileSource, type ByteSource } from '../bytes/source.ts';
import type { Control } from '../control.ts';
import type { DiskDriver, OpenContext, Structure } from '../disks/driver.ts';
import { folderGate } from '../disks/gate.ts';
import { diskDriver, probeDisk } from '../disks/registry.ts';
import { itemName, openSource } from '../pipeline/open.ts';

/**
 * Checks the tables of the image; nothing is written, parents are not looked at.
 * @throws Failure `input.invalid` for a format that has nothing to check, `image.*`, `io.*`, `operation.cancelled`.
 */
export function checkImage(reference: SourceReference, control: Control): StructureReport {
  const { source, context } = openSource(reference);
  try {
    const { driver, structure } = structureOf(source, reference.format);
    control.begin('checking', source.sizeBytes, itemName(reference));
    const report = structure.check(source, context, control);
    return { ...report, format: driver.id };
  } finally {
    source.close();
  }
}

/**
 * Repairs the image in place. Every byte that is replaced is first saved beside the image; undoRepair() puts them back.
 * @throws Failure `input.invalid` when the format has no repair, `image.malformed` when it is past mending, `io.*`.
 */
export function repairImage({ path, scope }: RepairRequest, control: Control): RepairResult {
  refuseWrapped(path, 'repair it');
  const before = checkImage({ path }, control);
  const patch = withFile(path, (file, context) => {
    const { driver, structure } = structureOf(file, undefined);
    if (structure.repair === undefined) {
      throw new Failure('input.invalid', {
        problem: inEnglish('Platter does not repair {title} images', { title: driver.title }),
      });
    }
    return structure.repair(file, context, control, scope);
  });
  if (patch === null) return { before, after: before, backupPath: null, summary: [] };
  control.throwIfCancelled();
  const backupPath = freeBackupPath(path);
  applyPatch(path, patch, backupPath);
  return { before, after: checkImage({ path }, control), backupPath, summary: patch.summary };
}

/** Puts the bytes of a backup back. @throws Failure `input.invalid` when it is none, `io.*`. */
export function undoRepair(path: string, backupPath: string): void {
  undoPatch(path, backupPath);
}

/** The bytes of a compressed file are not those of the disk in it. @throws Failure `input.invalid`. */
export function refuseWrapped(path: string, purpose: string): void {
  const { source, wrapper } = openSource({ path });
  source.close();
  if (wrapper === null) return;
  throw new Failure('input.invalid', {
    problem: inEnglish('{path} is compressed ({wrapper}): convert it to {purpose}', {
      path,
      wrapper,
      purpose,
    }),
  });
}

/** The name for a backup beside `path` that is not taken. */
export function freeBackupPath(path: string): string {
  for (let number = 1; ; number++) {
    const candidate = `${path}${number === 1 ? '' : `.${number}`}.platter-backup`;
    if (!existsSync(candidate)) return candidate;
  }
}

function structureOf(
  file: ByteSource,
  format: string | undefined,
): { driver: DiskDriver; structure: Structure } {
  const driver: DiskDriver = format === undefined ? probeDisk(file) : diskDriver(format);
  const { structure } = driver;
  if (structure !== undefined) return { driver, structure };
  throw new Failure('input.invalid', {
    problem: inEnglish('{title} images have no structure to check', { title: driver.title }),
  });
}

function withFile<T>(path: string, use: (file: ByteSource, context: OpenContext) => T): T {
  const file = new FileSource(path);
  try {
    return use(file, folderGate(path));
  } finally {
    file.close();
  }
}
