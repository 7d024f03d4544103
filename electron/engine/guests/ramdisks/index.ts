/** Ramdisks (initramfs) by their content: what they are compressed with, and for which kernel they were made. */
import type { Fact, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { asValue, inEnglish, type Phrase } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { readElf } from '../kernels/architectures.ts';
import { compressionMethod, openCompressed } from '../kernels/compressed.ts';
import { UnsizedBytes } from '../kernels/unsized-bytes.ts';
import { walkArchives, type RowSummary } from './archive-row.ts';
import { isCpio, type CpioMember } from './cpio.ts';

export interface Ramdisk {
  readonly format: 'initramfs';
  readonly title: string;
  /** The kernels whose modules are in it, as `uname -r` prints them. */
  readonly versions: readonly string[];
  /** As `uname -m` prints it; null when no program was found in it. */
  readonly architecture: string | null;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
}

const modulesPath = /^(?:\.?\/)?(?:usr\/)?lib\/modules\/(\d[^/]*)/;
const microcodePath = /^(?:\.?\/)?kernel\/x86\/microcode\/(GenuineIntel|AuthenticAMD)\.bin$/;
const regularFile = 0o100000;
/** More than that many kernels in one ramdisk are a mistake, or made up. */
const mostVersions = 16;

/** Whether `source` begins as a ramdisk does: with a cpio archive, plain or compressed. Costs little. */
export function looksLikeRamdisk(source: ByteSource): boolean {
  if (source.sizeBytes < 16) return false;
  try {
    const start = readBytes(source, 0, 16);
    const method = compressionMethod(start);
    if (method === null) return isCpio(new UnsizedBytes(source), 0);
    const plain = openCompressed(source, { start: 0, length: source.sizeBytes }, method);
    try {
      return isCpio(new UnsizedBytes(plain), 0);
    } finally {
      plain.close();
    }
  } catch (error) {
    if (error instanceof Failure && !error.code.startsWith('io.')) return false;
    throw error;
  }
}

/**
 * The ramdisk that `source` is; null when it is none. Compressed archives are decoded as far as it takes to find a
 * kernel's version and a program, at most 512 MiB. Does not close `source`. @throws Failure `io.*` only.
 */
export function recogniseRamdisk(source: ByteSource): Ramdisk | null {
  if (!looksLikeRamdisk(source)) return null;
  const content = new Content();
  const row = walkArchives(source, (member, bytes) => content.see(member, bytes));
  const versions = [...content.versions];
  const known = (label: string, values: readonly string[]): Fact[] =>
    values.length === 0 ? [] : [{ label, value: values.join(', ') }];
  return {
    format: 'initramfs',
    title: inEnglish('Initial ramdisk (cpio)'),
    versions,
    architecture: content.architecture,
    facts: [
      { label: inEnglish('Format'), value: inEnglish('Initial ramdisk (cpio)', {}) },
      ...known(inEnglish('Kernel version'), versions),
      ...known(inEnglish('Architecture'), content.architecture === null ? [] : [content.architecture]),
      { label: inEnglish('Compression'), value: compressionsOf(row) },
      { label: inEnglish('Archives'), value: archivesOf(row) },
      ...known(inEnglish('Early microcode'), [...content.microcode]),
      ...(row.stopped || row.problem !== null
        ? []
        : [{ label: inEnglish('Members'), value: `${content.memberCount}` }]),
    ],
    warnings:
      row.problem === null
        ? []
        : [
            {
              code: 'ramdisk.damaged',
              message: inEnglish('The ramdisk could not be read to its end: {problem}.', {
                problem: asValue(row.problem),
              }),
            },
          ],
  };
}

/** What the members of all archives tell together. */
class Content {
  readonly versions = new Set<string>();
  readonly microcode = new Set<string>();
  architecture: string | null = null;
  memberCount = 0;

  /** True when there is nothing more to find. */
  see(member: CpioMember, bytes: UnsizedBytes): boolean {
    this.memberCount += 1;
    const version = modulesPath.exec(member.name)?.[1];
    if (version !== undefined && this.versions.size < mostVersions) this.versions.add(version.slice(0, 128));
    const vendor = microcodePath.exec(member.name)?.[1];
    if (vendor !== undefined) this.microcode.add(vendor === 'GenuineIntel' ? 'Intel' : 'AMD');
    if (this.architecture === null && (member.mode & 0o170000) === regularFile && member.sizeBytes >= 64) {
      this.architecture = readElf(bytes.read(member.dataOffset, 64))?.architecture ?? null;
    }
    return this.versions.size > 0 && this.architecture !== null;
  }
}

function compressionsOf({ archives }: RowSummary): string | Phrase {
  const methods = [...new Set(archives.filter((method) => method !== null))];
  return methods.length === 0 ? inEnglish('none', {}) : methods.join(', ');
}

/** "3: plain, plain, zstd"; those of one compressed stream count one by one. */
function archivesOf({ archives }: RowSummary): Phrase {
  const methods = archives.slice(0, 8).map((method) => method ?? inEnglish('plain', {}));
  const count = archives.length;
  return inEnglish('{count}: {methods}', {
    count,
    methods: { listed: [...methods, ...(count > methods.length ? ['…'] : [])] },
  });
}
