/** EFI zboot: a kernel (Image) compressed inside an EFI program that unpacks it (drivers/firmware/efi/libstub/zboot-header.S). */
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { peArchitecture } from './architectures.ts';
import { findBanner, type KernelVersion } from './banner.ts';
import { compressionMethod, openCompressed } from './compressed.ts';
import { describeKernel, type Kernel } from './kernel.ts';
import { zbootHeader } from './layout.ts';
import { UnsizedBytes } from './unsized-bytes.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';

type Header = ReturnType<typeof zbootHeader.decode>;

export function isZboot(source: ByteSource): boolean {
  if (source.sizeBytes < zbootHeader.sizeBytes) return false;
  const { dosMagic, imageType } = zbootHeader.read(source, 0);
  return dosMagic === 'MZ' && imageType === 'zimg';
}

/** Reads what isZboot() took for one. */
export function readZboot(source: ByteSource): Kernel {
  const header = zbootHeader.read(source, 0);
  const stated = /^[a-z0-9]+/.exec(header.compressionType)?.[0] ?? null;
  const payload = readPayload(source, header);
  return describeKernel({
    format: 'zboot',
    title: inEnglish('Linux kernel (EFI zboot)'),
    version: payload.version,
    architecture: readMachine(source, header),
    compression: payload.method ?? stated ?? 'unknown',
    facts: [{ label: inEnglish('EFI stub'), value: inEnglish('yes', {}) }],
    warnings:
      payload.problem === null
        ? []
        : [
            {
              code: 'kernel.unreadable',
              message: inEnglish('The kernel inside could not be read: {problem}.', {
                problem: asValue(payload.problem),
              }),
            },
          ],
  });
}

function readPayload(
  source: ByteSource,
  { payloadOffset, payloadSize }: Header,
): { version: KernelVersion | null; method: string | null; problem: Message | null } {
  const available = source.sizeBytes - payloadOffset;
  if (payloadSize < 8 || available < payloadSize) {
    return { version: null, method: null, problem: inEnglish('the file ends before it') };
  }
  const method = compressionMethod(readBytes(source, payloadOffset, 8));
  if (method === null) return { version: null, method, problem: inEnglish('its compression is not known') };
  try {
    const plain = openCompressed(source, { start: payloadOffset, length: payloadSize }, method);
    return { version: findBanner(new UnsizedBytes(plain)), method, problem: null };
  } catch (error) {
    if (!(error instanceof Failure) || error.code.startsWith('io.')) throw error;
    const problem =
      error.code === 'image.unsupported'
        ? inEnglish('Platter does not undo {method} here', { method })
        : inEnglish('it is damaged');
    return { version: null, method, problem };
  }
}

function readMachine(source: ByteSource, { peOffset }: Header): string | null {
  if (peOffset + 6 > source.sizeBytes) return null;
  const pe = Buffer.from(readBytes(source, peOffset, 6));
  return pe.toString('latin1', 0, 4) === 'PE\0\0' ? peArchitecture(pe.readUInt16LE(4)) : null;
}
