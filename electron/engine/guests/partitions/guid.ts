/** GUIDs as partition tables store them: the first three parts in little endian (UEFI 2.10, appendix A). */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';

const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/** `C12A7328-F81F-11D2-BA4B-00A0C93EC93B` for its 16 bytes on the disk. */
export function guidText(stored: Uint8Array): string {
  const hex = Buffer.from(order.map((index) => stored[index]!)).toString('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return parts.join('-').toUpperCase();
}

/** The 16 bytes on the disk. @throws Failure `input.invalid`. */
export function guidBytes(text: string): Uint8Array {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) {
    throw new Failure('input.invalid', { problem: inEnglish('"{text}" is not a GUID', { text }) });
  }
  const plain = Buffer.from(text.replaceAll('-', ''), 'hex');
  return Uint8Array.from(order, (index) => plain[index]!);
}
