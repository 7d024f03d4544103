/** Words for how a job ran: what compressed, where it went on, why it began again. */
import type { AfreshReason, JobNote } from '../domain/job.ts';
import { printable } from './printable.ts';
import { formatBytes } from './units.ts';

const codecs: { readonly [Codec in (JobNote & { kind: 'deflate' })['codec']]: string } = {
  libdeflate: 'Where there is DEFLATE, the system’s libdeflate does it.',
  zlib: 'Where there is DEFLATE, Node’s zlib does it; with libdeflate installed it would be faster.',
};

const reasons: { readonly [Reason in AfreshReason]: string } = {
  'source-changed': 'its source has changed meanwhile',
  'output-changed': 'what had been written is not there any more as it was',
  'other-codec': 'another library compresses now, and the output would not be all of one piece',
  'one-pass': 'what is compressed as a whole is written in one pass',
  'journal-unreadable': 'what was on record of it could not be read',
};

/** One sentence. */
export function describeNote(note: JobNote): string {
  switch (note.kind) {
    case 'deflate':
      return codecs[note.codec];
    case 'resumed':
      return `${printable(note.item)} went on after ${formatBytes(note.doneBytes)}.`;
    case 'afresh':
      return `${printable(note.item)} began again: ${reasons[note.reason]}.`;
  }
}
