/** The inputs of builders that start from a set: which of the files is what, and what of the set was found beside them. */
import { statSync } from 'node:fs';
import type { VolumeInfo } from '#shared/domain/guest.ts';
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { OptionDeclaration } from '#shared/domain/format.ts';
import type { Warning } from '#shared/domain/image.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { DiskSource } from '../../guests/disk-source.ts';
import { looksLikeKernel, recogniseKernel } from '../../guests/kernels/index.ts';
import { looksLikeRamdisk, recogniseRamdisk } from '../../guests/ramdisks/index.ts';
import { openDisk, openSource, sourceName } from '../../pipeline/open.ts';
import { findSet, type ImageRole } from './find-set.ts';
import { recogniseMachineImage } from './machine-image.ts';

export const nameField: OptionDeclaration = {
  name: 'name',
  type: 'text',
  title: inEnglish('Name'),
  help: inEnglish("What the files' names begin with; the output's name when empty."),
  default: '',
  pattern: '[A-Za-z0-9][A-Za-z0-9._-]{0,79}',
};

export interface SetInputs {
  readonly image: SourceReference;
  readonly kernel: SourceReference | null;
  readonly ramdisk: SourceReference | null;
  readonly warnings: readonly Warning[];
}

/**
 * Tells image, kernel and ramdisk apart by what they hold; what is not among the inputs is looked for beside a single
 * one, which may be the folder of the set. @throws Failure `input.invalid`, `image.*`, `io.*`.
 */
export function readSetInputs(inputs: readonly SourceReference[]): SetInputs {
  const chosen = new Map<ImageRole, SourceReference>();
  const warnings: Warning[] = [];
  for (const input of inputs) {
    if (isFolder(input)) continue;
    const role = roleOf(input);
    const other = chosen.get(role);
    if (other !== undefined) {
      throw new Failure('input.invalid', {
        problem: inEnglish('{other} and {input} are both the {role}; a set has one of each', {
          other: sourceName(other),
          input: sourceName(input),
          role,
        }),
      });
    }
    chosen.set(role, input);
  }
  const [only] = inputs;
  if (inputs.length === 1 && only!.member === undefined) {
    const set = findSet(only!.path);
    for (const role of ['image', 'kernel', 'ramdisk'] as const) {
      const path = set?.[role] ?? null;
      if (path === null || chosen.has(role)) continue;
      chosen.set(role, { path });
      warnings.push({
        code: 'ami.found-beside',
        message: inEnglish('{path} belongs to the set and is taken as its {role}.', { path, role }),
      });
    }
  }
  const image = chosen.get('image');
  if (image === undefined)
    throw new Failure('input.invalid', { problem: inEnglish('the set has no image: name one') });
  const [kernel, ramdisk] = [chosen.get('kernel') ?? null, chosen.get('ramdisk') ?? null];
  return { image, kernel, ramdisk, warnings: [...warnings, ...versionWarnings(kernel, ramdisk)] };
}

/** The bytes of a kernel or a ramdisk as they lie: compression is a part of both. */
export function openAsIs(reference: SourceReference): ByteSource {
  return openSource({ ...reference, format: 'raw' }).source;
}

/** The file system on the whole of the image; null where it is partitioned, or nothing that is known. */
export function describeImage(image: SourceReference): VolumeInfo | null {
  const disk = new DiskSource(openDisk(image));
  try {
    return recogniseMachineImage(disk);
  } finally {
    disk.close();
  }
}

function isFolder({ path, member }: SourceReference): boolean {
  if (member !== undefined) return false;
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw systemFailure(error, path);
  }
}

function roleOf(reference: SourceReference): ImageRole {
  const source = openAsIs(reference);
  try {
    if (looksLikeKernel(source)) return 'kernel';
    return looksLikeRamdisk(source) ? 'ramdisk' : 'image';
  } finally {
    source.close();
  }
}

/** A ramdisk without the modules of its kernel usually finds no root. */
function versionWarnings(kernel: SourceReference | null, ramdisk: SourceReference | null): Warning[] {
  if (kernel === null || ramdisk === null) return [];
  const version = withSource(kernel, recogniseKernel)?.version ?? null;
  const versions = withSource(ramdisk, recogniseRamdisk)?.versions ?? [];
  if (version === null || versions.length === 0 || versions.includes(version)) return [];
  const message = inEnglish('The kernel is {version}, but the ramdisk has modules for {versions}.', {
    version,
    versions: versions.join(', '),
  });
  return [{ code: 'ami.version-mismatch', message }];
}

function withSource<T>(reference: SourceReference, look: (source: ByteSource) => T): T {
  const source = openAsIs(reference);
  try {
    return look(source);
  } finally {
    source.close();
  }
}
