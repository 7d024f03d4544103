/** Names of entries on optical media: what is shown for those that must not be followed, and why they are not. */
import type { Message } from '#shared/in-english.ts';
import { inEnglish } from '#shared/in-english.ts';

/** The longest name in bytes that is looked at; file systems that an entry could be extracted to stop at 255. */
export const longestName = 1024;

/** A name as it is shown, and why an entry of that name is never opened; null when it may be. */
export interface ShownName {
  readonly name: string;
  readonly refusal: Message | null;
}

/** Spells out what would be taken for a path, so that no caller can join a name with a folder and leave it. */
export function shownName(name: string): ShownName {
  if (name === '') return { name: '%', refusal: inEnglish('it has no name') };
  if (name === '.' || name === '..')
    return { name: name.replaceAll('.', '%2E'), refusal: inEnglish('its name is "{name}"', { name }) };
  if (name.includes('/'))
    return {
      name: name.replaceAll('/', '%2F').replaceAll('\0', '%00'),
      refusal: inEnglish('its name holds a slash'),
    };
  if (name.includes('\0'))
    return { name: name.replaceAll('\0', '%00'), refusal: inEnglish('its name holds a NUL character') };
  if (name.length > longestName)
    return {
      name: name.slice(0, 255),
      refusal: inEnglish('its name is longer than {longestName} characters', { longestName }),
    };
  return { name, refusal: null };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes that are UTF-8 by custom; Latin-1 where they are not. */
export function decodeName(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  }
}

/** UTF-16 with the high byte first, as Joliet and OSTA write it. A byte that is left over is ignored. */
export function decodeUtf16be(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    text += String.fromCharCode((bytes[at]! << 8) | bytes[at + 1]!);
  }
  return text;
}

/** Whether a link with that target, lying in a folder `depth` levels below the root, leads out of the tree. */
export function leadsOut(target: string, depth: number): boolean {
  if (target.startsWith('/')) return true;
  let level = depth;
  for (const segment of target.split('/')) {
    if (segment === '..') level--;
    else if (segment !== '' && segment !== '.') level++;
    if (level < 0) return true;
  }
  return false;
}
