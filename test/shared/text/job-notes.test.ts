import { describe, expect, it } from 'vitest';
import type { AfreshReason } from '#shared/domain/job.ts';
import { describeNote } from '#shared/text/job-notes.ts';

describe('describeNote', () => {
  it('names the library that did the work', () => {
    expect(describeNote({ kind: 'deflate', codec: 'libdeflate' })).toContain('libdeflate');
    expect(describeNote({ kind: 'deflate', codec: 'zlib' })).toContain('Node’s zlib');
  });

  it('says where it went on, and why it did not, in one sentence each', () => {
    expect(describeNote({ kind: 'resumed', item: 'disk1', doneBytes: 2 ** 30 })).toBe(
      'disk1 went on after 1 GiB.',
    );
    const reasons: AfreshReason[] = [
      'source-changed',
      'output-changed',
      'other-codec',
      'one-pass',
      'journal-unreadable',
    ];
    const sentences = reasons.map((reason) => describeNote({ kind: 'afresh', item: 'disk1', reason }));
    expect(new Set(sentences).size).toBe(reasons.length);
    for (const sentence of sentences) expect(sentence).toMatch(/^disk1 began again: [^.]+\.$/);
  });
});
