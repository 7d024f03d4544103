/** The names that a differencing VHD gives for its parent (VHD 1.0, "Parent Locator"). */
import type { Span } from '#shared/domain/image.ts';
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import {
  dynamicHeader,
  maximumLocatorBytes,
  parentLocator,
  parentLocatorCount,
  parentLocatorsOffset,
} from './layout.ts';

/** What the image says of its parent; null where it does not. */
export interface ParentNames {
  /** W2ru: from the image's folder. */
  readonly relative: string | null;
  /** W2ku. */
  readonly absolute: string | null;
  /** Parent Unicode Name in the dynamic disk header. */
  readonly unicode: string | null;
  /** MacX: a file URL. */
  readonly url: string | null;
}

/**
 * Reads all locators of the header at `headerOffset`.
 * @throws Failure `image.malformed`, `image.truncated` for a locator whose data is not in the file.
 */
export function readParentNames(file: ByteSource, headerOffset: number): ParentNames {
  const header = readBytes(file, headerOffset, dynamicHeader.sizeBytes);
  const texts = new Map<string, string>();
  for (let index = 0; index < parentLocatorCount; index++) {
    const at = parentLocatorsOffset + index * parentLocator.sizeBytes;
    const entry = parentLocator.decode(header, at, headerOffset + at);
    const { platformCode, platformDataLength, platformDataOffset } = entry;
    const decode = decoders[platformCode];
    if (decode === undefined || texts.has(platformCode)) continue;
    if (platformDataLength > maximumLocatorBytes) {
      const problem = inEnglish('{platformDataLength} bytes are more than any path has', {
        platformDataLength,
      });
      throw parentLocator.malformed('platformDataLength', problem, headerOffset + at);
    }
    const text = decode(readBytes(file, platformDataOffset, platformDataLength));
    if (text !== '') texts.set(platformCode, text);
  }
  const { parentUnicodeName } = dynamicHeader.decode(header, 0, headerOffset);
  return {
    relative: texts.get('W2ru') ?? null,
    absolute: texts.get('W2ku') ?? null,
    url: texts.get('MacX') ?? null,
    unicode: utf16be(parentUnicodeName) || null,
  };
}

/** What the data of the locators take of the file, in bytes. @throws Failure `image.malformed`, `image.truncated`. */
export function locatorSpans(file: ByteSource, headerOffset: number): Span[] {
  const header = readBytes(file, headerOffset, dynamicHeader.sizeBytes);
  const spans: Span[] = [];
  for (let index = 0; index < parentLocatorCount; index++) {
    const at = parentLocatorsOffset + index * parentLocator.sizeBytes;
    const entry = parentLocator.decode(header, at, headerOffset + at);
    if (/^\0+$/.test(entry.platformCode)) continue;
    // The space is given in bytes by some and in sectors by others; the data are in it in either case.
    const length = Math.max(entry.platformDataLength, entry.platformDataSpace);
    if (length > 0) spans.push({ start: entry.platformDataOffset, length });
  }
  return spans;
}

const decoders: Readonly<Record<string, (bytes: Uint8Array) => string>> = {
  W2ru: utf16,
  W2ku: utf16,
  MacX: (bytes) => untilZero(new TextDecoder().decode(bytes)),
};

/** Some programs write the locators in the byte order of all the rest; no path begins with a character of U+xx00. */
function utf16(bytes: Uint8Array): string {
  const isBigEndian = (bytes[0] === 0 && bytes[1] !== 0) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const whole = bytes.subarray(0, bytes.length & ~1);
  return isBigEndian ? utf16be(whole) : utf16le(whole);
}

function utf16le(bytes: Uint8Array): string {
  return untilZero(new TextDecoder('utf-16le').decode(bytes));
}

function utf16be(bytes: Uint8Array): string {
  return utf16le(new Uint8Array(Buffer.from(bytes).swap16()));
}

function untilZero(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/**
 * The name to look the parent up by: one from the image's folder where there is any. Windows spells `\` what the
 * other systems spell `/`.
 */
export function preferredName(names: ParentNames): string | null {
  const { relative, unicode, absolute, url } = names;
  if (relative !== null) return relative.replaceAll('\\', '/');
  if (unicode !== null && !/[\\/:]/.test(unicode)) return unicode;
  const fromHere = url === null ? null : /^file:\/\/(\.\/.+)$/.exec(url);
  if (fromHere !== null) return decodeUrl(fromHere[1]!);
  return absolute ?? unicode ?? url;
}

function decodeUrl(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
