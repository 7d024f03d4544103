import { describe, expect, it } from 'vitest';
import { SharedSource } from '#engine/archives/shared-source.ts';
import { failureOf, readAll, RecordingSource } from '../../../fixtures/packages/recording.ts';

describe('SharedSource', () => {
  it('closes the source with the last handle', () => {
    const source = new RecordingSource(Buffer.from('abc'));
    const shared = new SharedSource(source);
    const [first, second] = [shared.lend(), shared.lend()];
    first.close();
    first.close();
    expect(source.closed).toBe(0);
    expect(readAll(second).toString()).toBe('abc');
    second.close();
    expect(source.closed).toBe(1);
    expect(failureOf(() => shared.lend()).code).toBe('internal');
  });

  it('passes on what the source says of itself', () => {
    const handle = new SharedSource(new RecordingSource(Buffer.from('abc'), 'x.ova')).lend();
    expect([handle.path, handle.sizeBytes, handle.seekable]).toEqual(['x.ova', 3, true]);
    expect([...handle.runs({ start: 1, length: 9 })]).toEqual([{ start: 1, length: 2, hole: false }]);
  });
});
