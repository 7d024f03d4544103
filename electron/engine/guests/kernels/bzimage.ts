/** bzImage and zImage: Linux for x86 with its boot sector (Documentation/arch/x86/boot.rst). */
import type { Fact, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { peArchitecture, readElf } from './architectures.ts';
import { cString, parseVersion, type KernelVersion } from './banner.ts';
import { compressionMethod, openCompressed } from './compressed.ts';
import { describeKernel, type Kernel } from './kernel.ts';
import { setupHeader } from './layout.ts';
import { UnsizedBytes } from './unsized-bytes.ts';

type Header = ReturnType<typeof setupHeader.decode>;

/** Larger files are disks that begin with a kernel. */
const sizeLimitBytes = 1 << 30;
const sectorBytes = 512;
/** Shorter than any stream with something in it. */
const leastPayloadBytes = 16;
const loadedHigh = 0x01;
const kernel64 = 0x01;

/** Whether the file begins with the header of the boot protocol. */
export function isBzImage(source: ByteSource): boolean {
  if (source.sizeBytes < setupHeader.sizeBytes || source.sizeBytes > sizeLimitBytes) return false;
  const { bootFlag, header, version } = setupHeader.read(source, 0);
  return bootFlag === 0xaa55 && header === 'HdrS' && version >= 0x200;
}

/** Reads what isBzImage() took for one. */
export function readBzImage(source: ByteSource): Kernel {
  const header = setupHeader.read(source, 0);
  const efi = readPeMachine(source);
  const payload = payloadOf(source, header);
  const method = payload === null ? null : compressionMethod(payload.start);
  const protocol = `${header.version >> 8}.${String(header.version & 0xff).padStart(2, '0')}`;
  const facts: Fact[] = [
    { label: inEnglish('Boot protocol'), value: protocol },
    { label: inEnglish('EFI stub'), value: efi === null ? inEnglish('no', {}) : inEnglish('yes', {}) },
  ];
  const isHigh = (header.loadflags & loadedHigh) !== 0;
  return describeKernel({
    format: 'bzimage',
    title: isHigh ? inEnglish('Linux kernel (bzImage)') : inEnglish('Linux kernel (zImage)'),
    version: readVersion(source, header),
    architecture: architectureOf(source, header, efi, payload, method),
    compression: method,
    facts,
    warnings: truncationWarnings(source, header),
  });
}

function codeOffset({ setupSects }: Header): number {
  // Zero stands for four, for the sake of very old loaders.
  return ((setupSects === 0 ? 4 : setupSects) + 1) * sectorBytes;
}

function readVersion(source: ByteSource, { kernelVersion }: Header): KernelVersion | null {
  const offset = kernelVersion + 0x200;
  if (kernelVersion === 0 || offset >= source.sizeBytes) return null;
  return parseVersion(cString(readBytes(source, offset, Math.min(512, source.sizeBytes - offset))));
}

/** Machine of the PE header that makes the kernel an EFI program; null when it is none. */
function readPeMachine(source: ByteSource): number | null {
  const head = Buffer.from(readBytes(source, 0, 64));
  if (head.toString('latin1', 0, 2) !== 'MZ') return null;
  const offset = head.readUInt32LE(0x3c);
  if (offset + 6 > source.sizeBytes) return null;
  const pe = Buffer.from(readBytes(source, offset, 6));
  return pe.toString('latin1', 0, 4) === 'PE\0\0' ? pe.readUInt16LE(4) : null;
}

interface Payload {
  readonly offset: number;
  readonly length: number;
  readonly start: Uint8Array;
}

/** The compressed kernel in the protected-mode code; null before 2.08, and when the file ends before it. */
function payloadOf(source: ByteSource, header: Header): Payload | null {
  if (header.version < 0x208 || header.payloadLength < leastPayloadBytes) return null;
  const offset = codeOffset(header) + header.payloadOffset;
  const length = Math.min(header.payloadLength, source.sizeBytes - offset);
  return length < leastPayloadBytes ? null : { offset, length, start: readBytes(source, offset, 8) };
}

function architectureOf(
  source: ByteSource,
  header: Header,
  efi: number | null,
  payload: Payload | null,
  method: string | null,
): string | null {
  if (header.version >= 0x20c) return (header.xloadflags & kernel64) !== 0 ? 'x86_64' : 'i386';
  if (efi !== null) return peArchitecture(efi);
  if (payload === null || method === null) return null;
  // Before 2.12 only the kernel itself tells.
  try {
    const plain = openCompressed(source, { start: payload.offset, length: payload.length }, method);
    return readElf(new UnsizedBytes(plain).read(0, 64))?.architecture ?? null;
  } catch (error) {
    if (!(error instanceof Failure) || error.code.startsWith('io.')) throw error;
    return null;
  }
}

function truncationWarnings(source: ByteSource, header: Header): Warning[] {
  const neededBytes = codeOffset(header) + header.syssize * 16;
  if (header.version < 0x204 || source.sizeBytes >= neededBytes) return [];
  const message = inEnglish(
    'The kernel is cut off: its header promises {neededBytes} bytes, the file has {sizeBytes}.',
    { neededBytes, sizeBytes: source.sizeBytes },
  );
  return [{ code: 'kernel.truncated', message }];
}
