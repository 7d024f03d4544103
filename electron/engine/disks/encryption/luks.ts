/** Recognising LUKS headers, and reading either version of them. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { luksMagic, readLuks1 } from './luks1.ts';
import { readLuks2 } from './luks2.ts';
import type { LuksVolume } from './luks-volume.ts';

/** Whether `file` begins with a LUKS header. */
export function isLuks(file: ByteSource): boolean {
  if (file.sizeBytes < 8) return false;
  return new TextDecoder('latin1').decode(readBytes(file, 0, 6)) === luksMagic;
}

/**
 * Reads the header at the start of `source`. `format` is the driver that asks, for the failures of unlocking.
 * @throws Failure `image.*`.
 */
export function readLuks(source: ByteSource, format: string): LuksVolume {
  const start = readBytes(source, 0, 8);
  const version = start[6]! * 256 + start[7]!;
  if (version === 1) return readLuks1(source, format);
  if (version === 2) return readLuks2(source, format);
  throw new Failure('image.unsupported', {
    format,
    feature: inEnglish('version {version} of LUKS', { version }),
  });
}
