/** What the numbers of machines in ELF (gABI, e_machine) and PE headers (COFF, Machine) stand for. */
import { elfHeader, elfHeaderBigEndian } from './layout.ts';

/** e_machine → the name that `uname -m` has for it. */
const elfMachines: Readonly<Record<number, string>> = {
  2: 'sparc',
  3: 'i386',
  4: 'm68k',
  8: 'mips',
  15: 'parisc',
  20: 'ppc',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  42: 'sh',
  43: 'sparc64',
  50: 'ia64',
  62: 'x86_64',
  183: 'aarch64',
  243: 'riscv64',
  258: 'loongarch64',
};

const peMachines: Readonly<Record<number, string>> = {
  0x14c: 'i386',
  0x1c2: 'arm',
  0x5064: 'riscv64',
  0x6264: 'loongarch64',
  0x8664: 'x86_64',
  0xaa64: 'aarch64',
};

export interface ElfKind {
  /** e_type: 2 is an executable, 3 one that may lie anywhere. */
  readonly type: number;
  readonly architecture: string;
}

/** What the ELF file that begins with `start` is; null when it is none, or too short to tell. */
export function readElf(start: Uint8Array): ElfKind | null {
  if (start.length < elfHeader.sizeBytes) return null;
  const header = elfHeader.decode(start);
  if (header.magic !== '\x7fELF' || header.class < 1 || header.class > 2) return null;
  if (header.data !== 1 && header.data !== 2) return null;
  const { type, machine } = header.data === 1 ? header : elfHeaderBigEndian.decode(start);
  const name = elfMachines[machine] ?? `ELF machine ${machine}`;
  // ppc64 alone has a name of its own for little-endian.
  const architecture = name === 'ppc64' && header.data === 1 ? 'ppc64le' : name;
  return { type, architecture };
}

/** The name for a PE header's Machine; null when it is not known. */
export function peArchitecture(machine: number): string | null {
  return peMachines[machine] ?? null;
}
