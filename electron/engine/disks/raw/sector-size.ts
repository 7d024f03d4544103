/** The sector size of a raw disk, which nothing states: the GPT header is in the second sector (UEFI 2.10, 5.3). */
import { readBytes, type ByteSource } from '../../bytes/source.ts';

const usual = 512;
const advancedFormat = 4096;
const gptSignature = Buffer.from('EFI PART', 'latin1');

/** 4096 for a disk whose partition table says so, else 512. @throws Failure `io.*`, `image.*` of a wrapper. */
export function rawSectorBytes(file: ByteSource): number {
  if (file.sizeBytes < advancedFormat + gptSignature.length) return usual;
  const isHeader = (fileOffset: number): boolean =>
    gptSignature.equals(readBytes(file, fileOffset, gptSignature.length));
  return !isHeader(usual) && isHeader(advancedFormat) ? advancedFormat : usual;
}
