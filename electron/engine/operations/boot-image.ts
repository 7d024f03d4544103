/** Kernels and RAM disks for `info`, and the set of three that a machine image, its kernel and its RAM disk make. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Fact, ImageInfo, Warning } from '#shared/domain/image.ts';
import { asValue, inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../bytes/source.ts';
import { findSet } from '../builders/ami/find-set.ts';
import { recogniseKernel } from '../guests/kernels/index.ts';
import { recogniseRamdisk } from '../guests/ramdisks/index.ts';

export interface BootImage {
  readonly kind: ImageInfo['kind'];
  readonly format: string;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
}

/** The kernel or the RAM disk that `source` is, as it lies or compressed; null for anything else. @throws Failure `io.*`. */
export function recogniseBootImage(source: ByteSource): BootImage | null {
  const kernel = recogniseKernel(source);
  if (kernel !== null) return { kind: 'kernel', ...kernel };
  const ramdisk = recogniseRamdisk(source);
  return ramdisk === null ? null : { kind: 'ramdisk', ...ramdisk };
}

/** What lies beside the file at `path` and belongs to it: the kernel of a machine image, and the like. @throws Failure `io.*`. */
export function belongings(path: string): Fact[] {
  if (!statSync(path).isFile()) return [];
  const set = findSet(path);
  if (set === null) return [];
  const others = [
    [inEnglish('machine image'), set.image],
    [inEnglish('kernel'), set.kernel],
    [inEnglish('RAM disk'), set.ramdisk],
  ] as const;
  return others.flatMap(([role, other]) =>
    other === null || other === path
      ? []
      : [
          {
            label: inEnglish('Belongs with'),
            value: inEnglish('{name} ({role})', { name: basename(other), role: asValue(role) }),
          },
        ],
  );
}
