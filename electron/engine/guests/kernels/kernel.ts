/** What Platter says of a kernel image. */
import type { Fact, Warning } from '#shared/domain/image.ts';
import { asValue, inEnglish } from '#shared/in-english.ts';
import type { KernelVersion } from './banner.ts';

export interface Kernel {
  /** The id of the image's format: bzimage, arm64-image, riscv-image, vmlinux, zboot. */
  readonly format: string;
  readonly title: string;
  /** As `uname -r` will print it; null when the image does not say. */
  readonly version: string | null;
  /** As `uname -m` will print it; null when the image does not say. */
  readonly architecture: string | null;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
}

export interface KernelParts {
  readonly format: string;
  readonly title: string;
  readonly version: KernelVersion | null;
  readonly architecture: string | null;
  /** The method's name; null where the kernel lies as it is. */
  readonly compression: string | null;
  readonly facts?: readonly Fact[];
  readonly warnings?: readonly Warning[];
}

/** The kernel with its facts, in the order in which they are shown. */
export function describeKernel(parts: KernelParts): Kernel {
  const { format, title, version, architecture, compression, facts = [], warnings = [] } = parts;
  const known = (label: string, value: string | null | undefined): Fact[] =>
    value === null || value === undefined ? [] : [{ label, value }];
  return {
    format,
    title,
    version: version?.version ?? null,
    architecture,
    facts: [
      { label: inEnglish('Format'), value: asValue(title) },
      ...known(inEnglish('Kernel version'), version?.version),
      ...known(inEnglish('Build'), version?.build),
      ...known(inEnglish('Architecture'), architecture),
      { label: inEnglish('Compression'), value: compression ?? inEnglish('none', {}) },
      ...facts,
    ],
    warnings,
  };
}
