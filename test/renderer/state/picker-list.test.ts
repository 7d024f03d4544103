/** What the in-app picker lists. */
import { describe, expect, it } from 'vitest';
import type { FolderEntry } from '#shared/domain/files.ts';
import { filesNamed, listedEntries } from '../../../renderer/state/picker-list.ts';

const entry = (name: string, kind: FolderEntry['kind']): FolderEntry => ({
  name,
  path: `/home/${name}`,
  kind,
  sizeBytes: null,
  modifiedAt: null,
});
const entries = [entry('Downloads', 'folder'), entry('Own', 'folder'), entry('down.OVA', 'file')];
const names = (...args: [string, 'files' | 'folder', boolean?]): string[] =>
  listedEntries(entries, ...args).map(({ name }) => name);

describe('the list', () => {
  it('holds everything for files, and only folders for a folder', () => {
    expect(names('', 'files')).toEqual(['Downloads', 'Own', 'down.OVA']);
    expect(names('', 'folder')).toEqual(['Downloads', 'Own']);
  });

  it('filters by name, without case', () => {
    expect(names(' DOWN ', 'files')).toEqual(['Downloads', 'down.OVA']);
    expect(names('own', 'folder')).toEqual(['Downloads', 'Own']);
  });

  it('leaves the folders when a certain file is looked for', () => {
    expect(names('down.ova', 'files', true)).toEqual(['Downloads', 'Own', 'down.OVA']);
    expect(names('other.ova', 'files', true)).toEqual(['Downloads', 'Own']);
  });
});

describe('the file that is looked for', () => {
  it('is the one with that name, and no folder', () => {
    expect(filesNamed(entries, 'down.OVA')).toEqual(['/home/down.OVA']);
    expect(filesNamed(entries, 'Downloads')).toEqual([]);
    expect(filesNamed(entries, null)).toEqual([]);
  });
});
