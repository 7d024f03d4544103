/** Kernels as the compiler left them: Image (arm64, RISC-V) and vmlinux (ELF), recognised by their first bytes. */
import type { Fact } from '#shared/domain/image.ts';
import { inEnglish } from '#shared/in-english.ts';
import { readElf } from './architectures.ts';
import { findBanner } from './banner.ts';
import { describeKernel, type Kernel } from './kernel.ts';
import { arm64Header, riscvHeader } from './layout.ts';
import type { UnsizedBytes } from './unsized-bytes.ts';

interface PlainFormat {
  readonly format: string;
  readonly title: string;
  readonly architecture: string;
  readonly facts: readonly Fact[];
}

const pageSizes = [inEnglish('not said', {}), '4 KiB', '16 KiB', '64 KiB'] as const;

/** What a kernel that begins with these 64 bytes is; null when they are none's. */
export function plainFormat(start: Uint8Array): PlainFormat | null {
  if (start.length < 64) return null;
  const arm64 = magicIs(start, 56, 'ARM\x64');
  if (arm64) {
    const { flags } = arm64Header.decode(start);
    const facts: Fact[] = [
      {
        label: inEnglish('Byte order'),
        value: (flags & 1) === 0 ? inEnglish('little-endian', {}) : inEnglish('big-endian', {}),
      },
      { label: inEnglish('Page size'), value: pageSizes[(flags >> 1) & 3]! },
    ];
    return {
      format: 'arm64-image',
      title: inEnglish('Linux kernel (arm64 Image)'),
      architecture: 'aarch64',
      facts,
    };
  }
  if (magicIs(start, riscvHeader.fields.magic.offset, 'RISCV') && magicIs(start, 56, 'RSC\x05')) {
    return {
      format: 'riscv-image',
      title: inEnglish('Linux kernel (RISC-V Image)'),
      architecture: 'riscv64',
      facts: [],
    };
  }
  const elf = readElf(start);
  if (elf === null || (elf.type !== 2 && elf.type !== 3)) return null;
  return {
    format: 'vmlinux',
    title: inEnglish('Linux kernel (vmlinux)'),
    architecture: elf.architecture,
    facts: [],
  };
}

/**
 * The kernel in `bytes`, which were compressed by `compression`; null when there is none. An ELF file without the line
 * that every kernel has is some other program. @throws Failure `image.malformed`, `image.unsupported`, `io.*`.
 */
export function readPlainKernel(bytes: UnsizedBytes, compression: string | null): Kernel | null {
  const format = plainFormat(bytes.read(0, 64));
  if (format === null) return null;
  const version = findBanner(bytes);
  if (version === null && format.format === 'vmlinux') return null;
  const cutOff = {
    code: 'kernel.truncated',
    message: inEnglish('The kernel is cut off: its compressed data end too early.'),
  };
  return describeKernel({ ...format, version, compression, warnings: bytes.cutOff ? [cutOff] : [] });
}

function magicIs(start: Uint8Array, at: number, magic: string): boolean {
  return Buffer.from(start.subarray(at, at + magic.length)).toString('latin1') === magic;
}
