/** An entry of the library for tests of what lists and follows them. */
import type { LibraryEntry } from '#shared/domain/library.ts';

export function someEntry(id: number, changes: Partial<LibraryEntry> = {}): LibraryEntry {
  return {
    id,
    path: `/images/${id}.qcow2`,
    name: `${id}.qcow2`,
    kind: 'disk',
    format: 'qcow2',
    variant: null,
    virtualSizeBytes: 2 ** 30,
    fileSizeBytes: 2 ** 20,
    allocatedBytes: 2 ** 20,
    sha256: null,
    origin: null,
    addedAt: '2026-01-01T00:00:00.000Z',
    modifiedMilliseconds: null,
    missing: false,
    tags: [],
    note: null,
    rating: null,
    guest: null,
    ...changes,
  };
}
