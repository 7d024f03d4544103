/** Telling a descriptor from other files by its root element, without reading more than its beginning. */
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import type { Certainty } from '../../disks/driver.ts';
import { decodeStart } from '../text-encoding.ts';

const probedBytes = 64 << 10;

/** XML whose root is called Envelope, under any prefix. Never throws for what the file holds. */
export function probeEnvelope(file: ByteSource): Certainty {
  const text = decodeStart(readBytes(file, 0, Math.min(file.sizeBytes, probedBytes)));
  const tag = text === null ? null : findRootTag(text);
  if (tag === null || !/^<([^\s<>/:]+:)?Envelope[\s/>]/.test(tag)) return 'no';
  // The other kind of Envelope in the world.
  return /soap/i.test(tag) ? 'no' : 'certain';
}

/** The start tag of the root element, past the declaration, comments, processing instructions and a DTD. */
function findRootTag(text: string): string | null {
  let at = text.startsWith('\ufeff') ? 1 : 0;
  for (;;) {
    while (at < text.length && ' \t\r\n'.includes(text[at]!)) at += 1;
    let end: number;
    if (text.startsWith('<?', at)) end = after(text, '?>', at);
    else if (text.startsWith('<!--', at)) end = after(text, '-->', at);
    else if (text.startsWith('<!', at)) return tagAfterDtd(text.slice(at));
    else return text[at] === '<' ? text.slice(at, after(text, '>', at) || undefined) : null;
    if (end === 0) return null;
    at = end;
  }
}

/** A descriptor with a DTD is one too: opening it refuses it with words. Where a DTD ends does not matter for that. */
function tagAfterDtd(text: string): string | null {
  return /<(?:[^\s<>/:!]+:)?Envelope[\s/>][^<>]*/.exec(text)?.[0] ?? null;
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? 0 : found + mark.length;
}
