import { beforeEach, describe, expect, it } from 'vitest';
import {
  countContents,
  findByContent,
  findContent,
  listUnread,
  recordContent,
  recordUnreadable,
} from '../../../electron/catalogue/contents.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { recordHash, setMissing } from '../../../electron/catalogue/images.ts';
import { addEntry, addKnown, readAt, someContent, someFile } from './some-content.ts';

let catalogue: Catalogue;
beforeEach(() => {
  catalogue = openCatalogue(':memory:');
});

describe('contents', () => {
  it('are on record with the files they were read from', () => {
    const id = addEntry(catalogue, '/a.raw');
    const content = someContent([someFile('/a.raw'), someFile('/base.raw', 'parent')], [3, 1]);
    expect(recordContent(catalogue, id, content, readAt)).toBe(true);
    const found = findContent(catalogue, id)!;
    expect({ ...found, blocks: Array.from(found.blocks) }).toEqual({
      ...content,
      blocks: Array.from(content.blocks),
    });
    expect(findContent(catalogue, addEntry(catalogue, '/b.raw'))).toBeNull();
  });

  it('of a file that is another by now are not kept', () => {
    const id = addEntry(catalogue, '/a.raw', 101);
    expect(recordContent(catalogue, id, someContent([someFile('/a.raw')], [1]), readAt)).toBe(false);
    expect(
      recordUnreadable(
        catalogue,
        id,
        someFile('/a.raw'),
        { code: 'internal', details: { problem: '' } },
        readAt,
      ),
    ).toBe(false);
    expect(recordContent(catalogue, 99, someContent([someFile('/a.raw')], [1]), readAt)).toBe(false);
    expect(countContents(catalogue)).toEqual({ total: 1, known: 0, unreadable: 0 });
  });

  it('are read where they may be found twice first, then by size; never of missing files or twice', () => {
    const alone = addEntry(catalogue, '/alone.raw', 1);
    catalogue.run('UPDATE images SET virtual_size_bytes = 7 WHERE id = @alone', { alone });
    const large = addEntry(catalogue, '/large.raw', 900);
    const small = addEntry(catalogue, '/small.raw', 100);
    setMissing(catalogue, addEntry(catalogue, '/missing.raw'), true);
    addKnown(catalogue, '/known.raw', [1]);
    const broken = addEntry(catalogue, '/broken.raw');
    const failure = { code: 'image.encrypted', details: { format: 'qcow2', method: 'LUKS' } } as const;
    recordUnreadable(catalogue, broken, someFile('/broken.raw'), failure, readAt);
    expect(listUnread(catalogue, 10).map(({ id }) => id)).toEqual([small, large, alone]);
    expect(countContents(catalogue)).toEqual({ total: 5, known: 1, unreadable: 1 });
  });

  it('are found by how their digests begin', () => {
    const id = addKnown(catalogue, '/a.raw', [1]);
    const { root } = findContent(catalogue, id)!;
    const other = addEntry(catalogue, '/b.raw');
    recordHash(catalogue, '/b.raw', `${'0'.repeat(63)}f`);
    expect(findByContent(catalogue, root)).toEqual([id]);
    expect(findByContent(catalogue, root.slice(0, 9))).toEqual([id]);
    expect(findByContent(catalogue, '00000')).toEqual([other]);
    expect(findByContent(catalogue, "x' OR 1")).toEqual([]);
  });
});
