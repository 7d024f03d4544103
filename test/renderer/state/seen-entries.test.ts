/** When what is known of an image has to be looked up again: its file is another, or lies elsewhere. */
import { describe, expect, it } from 'vitest';
import { SeenEntries } from '../../../renderer/state/seen-entries.ts';
import { someEntry } from './some-entry.ts';

function watched(): { readonly entries: SeenEntries; readonly told: string[] } {
  const told: string[] = [];
  const entries = new SeenEntries({
    left: (path) => told.push(`left ${path}`),
    changed: (path) => told.push(`changed ${path}`),
  });
  return { entries, told };
}

describe('an entry that is seen again', () => {
  it.each([
    ['is missing', { missing: true }],
    ['has another format', { format: 'raw' }],
    ['is longer', { fileSizeBytes: 2 ** 21 }],
    ['has a larger disk', { virtualSizeBytes: 2 ** 31 }],
  ])('has another file when it %s', (_, changes) => {
    const { entries, told } = watched();
    entries.note(someEntry(1));
    entries.note(someEntry(1, changes));
    expect(told).toEqual(['changed /images/1.qcow2']);
  });

  it('has left the path that it had, whatever else is new', () => {
    const { entries, told } = watched();
    entries.note(someEntry(1));
    entries.note(someEntry(1, { path: '/images/other.qcow2', fileSizeBytes: 5 }));
    entries.note(someEntry(1, { path: '/images/other.qcow2', fileSizeBytes: 6 }));
    expect(told).toEqual(['left /images/1.qcow2', 'changed /images/other.qcow2']);
  });

  it('is the same file for all that is found out or said about it', () => {
    const { entries, told } = watched();
    entries.note(someEntry(1));
    entries.note(someEntry(1, { sha256: 'ab', rating: 5, note: 'kept', guest: 'debian 12' }));
    entries.note(someEntry(2, { missing: true }));
    expect(told).toEqual([]);
  });
});
