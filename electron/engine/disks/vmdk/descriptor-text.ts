/** The bytes of a VMDK descriptor: recognising one, and decoding its names from the encoding it declares. */
import { isFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { malformed, maximumDescriptorBytes } from './layout.ts';

/** How far probing reads: far beyond any comment before the first value. */
const probeBytes = 64 << 10;

/** VMware and VirtualBox write the one or the other. */
const signature = /^#[ \t]*disk[ \t]*descriptor[ \t]*file/i;
/** VMware's own criterion: the first value of a descriptor is its version. */
const versionLine = /^version[ \t]*=[ \t]*[1-9]/i;
const createTypeLine = /(?:^|[\r\n])[ \t]*createtype[ \t]*=/i;

/** Names that WHATWG's encodings do not know by the label VMware writes. */
const encodingAliases: Readonly<Record<string, string>> = {
  'windows-932': 'shift_jis',
  'windows-936': 'gbk',
  'windows-950': 'big5',
  cp932: 'shift_jis',
  cp936: 'gbk',
  cp949: 'euc-kr',
  cp950: 'big5',
};

/** One character per byte: what descriptors are parsed in, since the structure of all their encodings is ASCII. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** Whether a file is a VMDK descriptor. Reads the first sector, and little more where that may be one. */
export function isDescriptorFile(file: ByteSource): boolean {
  try {
    if (!mayBegin(latin1(readBytes(file, 0, Math.min(file.sizeBytes, 512))))) return false;
    const text = untilNul(latin1(readBytes(file, 0, Math.min(file.sizeBytes, probeBytes))));
    for (const line of linesOf(text)) {
      if (signature.test(line.text)) return true;
      if (line.text === '' || line.text.startsWith('#')) continue;
      return versionLine.test(line.text) && createTypeLine.test(text);
    }
    return false;
  } catch (error) {
    // What probing cannot read, opening will report.
    if (isFailure(error, 'image.truncated') || isFailure(error, 'io.failed')) return false;
    throw error;
  }
}

/** The first visible character decides for nearly every file. */
function mayBegin(head: string): boolean {
  const first = /[^\s]/.exec(withoutMark(head))?.[0];
  return first === '#' || first === 'v' || first === 'V';
}

/**
 * The text of a descriptor of `lengthBytes` at `fileOffset`, one character per byte, up to the first NUL.
 * @throws Failure `image.malformed` when it is too long, `image.truncated`.
 */
export function readDescriptorText(file: ByteSource, fileOffset: number, lengthBytes: number): string {
  if (lengthBytes > maximumDescriptorBytes) {
    throw malformed(
      'descriptor',
      'size',
      fileOffset,
      inEnglish('{lengthBytes} bytes is more than {maximumDescriptorBytes}', {
        lengthBytes,
        maximumDescriptorBytes,
      }),
    );
  }
  return untilNul(latin1(readBytes(file, fileOffset, lengthBytes)));
}

function untilNul(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/** Without the mark of UTF-8 at the front. */
function withoutMark(text: string): string {
  return text.startsWith('\xef\xbb\xbf') ? text.slice(3) : text;
}

/** A line without the spaces around it, and where it begins in the text. */
export interface DescriptorLine {
  readonly text: string;
  readonly offset: number;
}

/** The lines of `text`, whether they end in CR, LF or both. */
export function* linesOf(text: string): Iterable<DescriptorLine> {
  let at = text.length - withoutMark(text).length;
  const ending = /\r\n|\r|\n/g;
  for (;;) {
    ending.lastIndex = at;
    const found = ending.exec(text);
    const end = found === null ? text.length : found.index;
    // Not trim(): a byte of 0xa0 may be half a character, not a space.
    yield { text: text.slice(at, end).replace(/^[ \t\v\f]+|[ \t\v\f]+$/g, ''), offset: at };
    if (found === null) return;
    at = found.index + found[0].length;
  }
}

export interface NameDecoder {
  /** False when the encoding that the descriptor declares is none we know. */
  readonly known: boolean;
  decode(text: string): string;
}

/** Decodes names from `encoding` (null: UTF-8, or what Windows used before it), given one character per byte. */
export function nameDecoder(encoding: string | null): NameDecoder {
  const label = encoding?.trim().toLowerCase() ?? null;
  if (label !== null && label !== '' && label !== 'utf-8') {
    try {
      const decoder = new TextDecoder(encodingAliases[label] ?? label);
      return { known: true, decode: (text) => decoder.decode(Buffer.from(text, 'latin1')) };
    } catch {
      return { known: false, decode: decodeUndeclared };
    }
  }
  return { known: true, decode: decodeUndeclared };
}

function decodeUndeclared(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
