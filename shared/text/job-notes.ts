/** Words for how a job ran: what compressed, where it went on, why it began again; and that it has ended. */
import type { AfreshReason, Job, JobNote } from '../domain/job.ts';
import { inEnglish } from '../in-english.ts';
import { describeFailure } from './failure-text.ts';
import { inWords } from './in-words.ts';
import { printable } from './printable.ts';
import { formatBytes } from './units.ts';
import { t } from './words.ts';

const codecs: { readonly [Codec in (JobNote & { kind: 'deflate' })['codec']]: string } = {
  libdeflate: inEnglish('Where there is DEFLATE, the system’s libdeflate does it.'),
  zlib: inEnglish(
    'Where there is DEFLATE, Node’s zlib does it; with libdeflate installed it would be faster.',
  ),
};

const reasons: { readonly [Reason in AfreshReason]: string } = {
  'source-changed': inEnglish('its source has changed meanwhile'),
  'output-changed': inEnglish('what had been written is not there any more as it was'),
  'other-codec': inEnglish('another library compresses now, and the output would not be all of one piece'),
  'one-pass': inEnglish('what is compressed as a whole is written in one pass'),
  'journal-unreadable': inEnglish('what was on record of it could not be read'),
  'permission-gone': inEnglish(
    'the permission to go on there is not known any more: it is kept in the system’s keychain alone, where there is one',
  ),
  'gone-in-cloud': inEnglish('the cloud has given up what was there'),
};

/** One sentence. */
export function describeNote(note: JobNote): string {
  switch (note.kind) {
    case 'deflate':
      return inWords(codecs[note.codec]);
    case 'resumed':
      return t('{item} went on after {done}.', {
        item: printable(note.item),
        done: formatBytes(note.doneBytes),
      });
    case 'afresh':
      return t('{item} began again: {reason}.', {
        item: printable(note.item),
        reason: inWords(reasons[note.reason]),
      });
  }
}

/** What a notification says of a job that has ended. */
export function endText(job: Pick<Job, 'title' | 'failure'>): {
  readonly title: string;
  readonly body: string;
} {
  if (job.failure === null) return { title: t('Finished'), body: inWords(job.title) };
  return {
    title: t('{title} failed', { title: inWords(job.title) }),
    body: describeFailure(job.failure).sentence,
  };
}
