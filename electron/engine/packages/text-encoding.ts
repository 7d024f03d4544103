/** Decodes the text files of packages: a byte-order mark, else what an XML declaration says, else UTF-8. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../bytes/source.ts';

/** Reads a text file of at most `limitBytes`. @throws Failure `package.malformed`; `structure` names the file in it. */
export function readText(source: ByteSource, limitBytes: number, structure: string): string {
  if (source.sizeBytes > limitBytes) {
    throw new Failure('package.malformed', {
      structure,
      problem: inEnglish('it is larger than {limitBytes} bytes', { limitBytes }),
    });
  }
  return decodeText(readBytes(source, 0, source.sizeBytes), structure);
}

/** The text of `bytes`, without its byte-order mark. @throws Failure `package.malformed`. */
export function decodeText(bytes: Uint8Array, structure: string): string {
  const encoding = encodingOf(bytes, structure);
  if (encoding === 'iso-8859-1') return Buffer.from(bytes).toString('latin1');
  if (encoding === 'utf-16be') return decode(swapped(bytes), 'utf-16le', structure);
  return decode(bytes, encoding, structure);
}

/** The text that a file begins with, whatever becomes of what was cut off; null when it is in no known encoding. */
export function decodeStart(bytes: Uint8Array): string | null {
  let encoding: string;
  try {
    encoding = encodingOf(bytes, 'start');
  } catch {
    return null;
  }
  if (encoding === 'iso-8859-1') return Buffer.from(bytes).toString('latin1');
  return encoding === 'utf-16be'
    ? new TextDecoder('utf-16le').decode(swapped(bytes))
    : new TextDecoder(encoding).decode(bytes);
}

/** XML 1.0, appendix F, as far as it goes for what descriptors are written in. */
function encodingOf(bytes: Uint8Array, structure: string): string {
  const [first, second, third, fourth] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0 && fourth === 0))
    return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c && third === 0))
    return 'utf-16be';
  const declaration = Buffer.from(bytes.subarray(0, 256)).toString('latin1');
  const declared = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)["']/.exec(declaration)?.[1]?.toLowerCase();
  switch (declared) {
    case undefined:
    case 'utf-8':
    case 'utf8':
    case 'us-ascii':
    case 'ascii':
      return 'utf-8';
    case 'utf-16':
    case 'utf-16le':
    case 'unicode':
      // Programs that keep text as UTF-16 declare so, and save UTF-8: the declaration itself would not be readable.
      return 'utf-8';
    case 'iso-8859-1':
    case 'latin1':
      return 'iso-8859-1';
    default:
      return knownEncoding(declared, structure);
  }
}

/** The others that descriptors in the world were written in: code pages of Windows, of China and Japan. */
function knownEncoding(declared: string, structure: string): string {
  try {
    return new TextDecoder(declared).encoding;
  } catch (error) {
    throw new Failure(
      'package.malformed',
      {
        structure,
        problem: inEnglish('its encoding "{declared}" is not known', { declared }),
      },
      error,
    );
  }
}

function decode(bytes: Uint8Array, encoding: string, structure: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Failure(
      'package.malformed',
      { structure, problem: inEnglish('it is not {encoding}', { encoding: encoding.toUpperCase() }) },
      error,
    );
  }
}

/** Not every runtime's TextDecoder knows big-endian UTF-16. */
function swapped(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes.subarray(0, bytes.length & ~1));
  return copy.swap16();
}
