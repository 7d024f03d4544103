/** Whether the members of a UEC tarball hold what their names say, by their first bytes. */
import { probeCompression } from '../../archives/compressions.ts';
import { MemorySource, readBytes, type ByteSource } from '../../bytes/source.ts';
import type { SetRole } from '../machine-image-names.ts';

const lookedAtBytes = 1024;

/** At an offset, in Latin-1: the header of the x86 boot protocol, ELF, EFI programs, Images of arm64 and RISC-V. */
const kernelMarks: readonly (readonly [offset: number, magic: string])[] = [
  [0x202, 'HdrS'],
  [0, '\x7fELF'],
  [0, 'MZ'],
  [56, 'ARM\x64'],
  [48, 'RISCV'],
];

/** False where the bytes are certainly not what the role asks for. Never throws for what the member holds. */
export function holdsRole(member: ByteSource, role: SetRole): boolean {
  if (role !== 'kernel' && role !== 'ramdisk') return true;
  const start = readBytes(member, 0, Math.min(lookedAtBytes, member.sizeBytes));
  const isCompressed = probeCompression(new MemorySource(start, member.path)) !== null;
  const text = Buffer.from(start).toString('latin1');
  if (role === 'ramdisk') return isCompressed || /^07070[12]/.test(text);
  return isCompressed || kernelMarks.some(([offset, magic]) => text.startsWith(magic, offset));
}
