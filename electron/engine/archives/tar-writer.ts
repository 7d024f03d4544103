/** Writing tar archives (POSIX.1 ustar; sizes from 8 GiB on in base 256, as GNU tar and ovftool write them). */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { blockBytes } from './tar-header.ts';

export interface TarHeaderFields {
  /** With slashes; up to 100 bytes of UTF-8, or 255 where it can be cut in two at a slash. */
  readonly name: string;
  readonly sizeBytes: number;
  /** POSIX permission bits; 0644 when absent. */
  readonly mode?: number;
}

/** Twelve octal digits less one for the NUL. */
const octalLimit = 8 ** 11;

/**
 * The header block of a regular file. Owner and time are zero, so that the same content makes the same archive.
 * @throws Failure `input.invalid` when the name does not fit.
 */
export function encodeTarHeader({ name, sizeBytes, mode = 0o644 }: TarHeaderFields): Uint8Array {
  const block = new Uint8Array(blockBytes);
  const text = (at: number, value: string | Uint8Array): void => block.set(Buffer.from(value), at);
  const octal = (at: number, width: number, value: number): void =>
    text(at, `${value.toString(8).padStart(width - 1, '0')}\0`);
  const [prefix, rest] = splitName(name);
  text(0, rest);
  octal(100, 8, mode);
  octal(108, 8, 0);
  octal(116, 8, 0);
  if (sizeBytes < octalLimit) octal(124, 12, sizeBytes);
  else {
    block[124] = 0x80;
    new DataView(block.buffer).setBigUint64(128, BigInt(sizeBytes));
  }
  octal(136, 12, 0);
  text(156, '0');
  text(257, 'ustar\x0000');
  text(345, prefix);
  text(148, '        ');
  const sum = block.reduce((total, byte) => total + byte, 0);
  text(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}

/** What of the last block of a member, and of the two blocks at the archive's end, is zeros. */
export function tarPadding(sizeBytes: number): number {
  return (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
}

/** The end of an archive: two blocks of zeros. */
export const tarEndBytes = 2 * blockBytes;

function splitName(name: string): readonly [string, string] {
  if (Buffer.byteLength(name) <= 100) return ['', name];
  for (let at = name.indexOf('/'); at !== -1; at = name.indexOf('/', at + 1)) {
    const prefix = name.slice(0, at);
    const rest = name.slice(at + 1);
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(rest) <= 100 && rest !== '')
      return [prefix, rest];
  }
  throw new Failure('input.invalid', {
    problem: inEnglish('"{name}" is too long for a name in a tar archive', { name }),
  });
}
