import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inWords } from '#shared/text/in-words.ts';
import {
  annotate,
  changeTag,
  forgetImages,
  listSavedSearches,
  listTags,
  relocateImage,
  removeSavedSearch,
  removeTag,
  saveSearch,
} from '../../../electron/catalogue/annotations.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { applyEdit, edit, editedImages, forgetEdit, nextEdit } from '../../../electron/catalogue/edits.ts';
import { listImages } from '../../../electron/catalogue/images.ts';

const tables = ['images', 'image_tags', 'tags', 'saved_searches', 'seen_files'];
const state = (catalogue: Catalogue): unknown =>
  tables.map((table) => catalogue.all(`SELECT * FROM ${table} ORDER BY 1, 2`));

function library(): Catalogue {
  const catalogue = openCatalogue(':memory:');
  for (const name of ['a', 'b', 'c', 'd']) {
    catalogue.run(
      `INSERT INTO images (path, kind, format, file_size_bytes, allocated_bytes, added_at, sha256, origin)
       VALUES (@path, 'disk', 'raw', 5, 4, '2025-01-01T00:00:00.000Z', @sha256, '{"kind":"built"}')`,
      { path: `/images/${name}`, sha256: 'a'.repeat(64) },
    );
    catalogue.run(
      `INSERT INTO seen_files (folder, name, device, inode, size_bytes, modified_milliseconds, recogniser)
       VALUES ('/images', @name, '1', '1', 5, 1.5, 1)`,
      { name },
    );
  }
  return catalogue;
}

const ids = fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { minLength: 1 });
const name = fc.constantFrom('prod', 'test', 'old');
type Step = (catalogue: Catalogue) => void;
const someStep: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(ids, name).map(
    ([of, tag]): Step =>
      (one) =>
        annotate(one, of, { addTags: [tag] }),
  ),
  fc.tuple(ids, name).map(
    ([of, tag]): Step =>
      (one) =>
        annotate(one, of, { removeTags: [tag] }),
  ),
  fc.tuple(ids, fc.option(name)).map(
    ([of, note]): Step =>
      (one) =>
        annotate(one, of, { note }),
  ),
  fc.tuple(ids, fc.option(fc.integer({ min: 1, max: 5 }))).map(
    ([of, rating]): Step =>
      (one) =>
        annotate(one, of, { rating }),
  ),
  ids.map(
    (of): Step =>
      (one) =>
        forgetImages(one, of),
  ),
  fc.tuple(fc.integer({ min: 1, max: 4 }), name).map(
    ([id, to]): Step =>
      (one) =>
        relocateImage(one, id, `/images/${to}`, true),
  ),
  fc.tuple(fc.nat(3), name).map(
    ([at, to]): Step =>
      (one) =>
        changeTag(one, listTags(one)[at]!.id, { name: to }),
  ),
  fc.nat(3).map(
    (at): Step =>
      (one) =>
        removeTag(one, listTags(one)[at]!.id),
  ),
  name.map(
    (query): Step =>
      (one) =>
        void saveSearch(one, { name: query, query }),
  ),
  fc.nat(3).map(
    (at): Step =>
      (one) =>
        removeSavedSearch(one, listSavedSearches(one)[at]!.id),
  ),
);

/** Steps about what is not there fail, and leave nothing. */
function take(catalogue: Catalogue, step: Step): void {
  try {
    step(catalogue);
  } catch {
    // The state that is compared says whether anything was left.
  }
}

function turnAll(catalogue: Catalogue, direction: 'undo' | 'redo'): unknown[] {
  const states: unknown[] = [];
  for (;;) {
    const next = nextEdit(catalogue, direction);
    if (next === null) return states;
    applyEdit(catalogue, next, direction);
    states.push(state(catalogue));
  }
}

describe('edits', () => {
  it('lead back step by step to where it began, and forth again', () => {
    fc.assert(
      fc.property(fc.array(someStep, { maxLength: 10 }), (steps) => {
        const catalogue = library();
        const states = [state(catalogue)];
        for (const step of steps) {
          take(catalogue, step);
          const now = state(catalogue);
          if (JSON.stringify(now) !== JSON.stringify(states.at(-1))) states.push(now);
        }
        expect(turnAll(catalogue, 'undo')).toEqual(states.slice(0, -1).reverse());
        expect(turnAll(catalogue, 'redo')).toEqual(states.slice(1));
        catalogue.close();
      }),
      { numRuns: 150 },
    );
  });

  it('say what they did, and to which entries', () => {
    const catalogue = library();
    annotate(catalogue, [1, 2], { addTags: ['prod'] });
    const next = nextEdit(catalogue, 'undo')!;
    expect(inWords(next.label)).toBe('Tag 2 items “prod”');
    expect(editedImages(next)).toBe(null);
    annotate(catalogue, [1], { rating: 5 });
    expect(editedImages(nextEdit(catalogue, 'undo')!)).toEqual([1]);
    expect(listImages(catalogue).find(({ id }) => id === 1)).toMatchObject({
      rating: 5,
      tags: [{ name: 'prod', color: 'red' }],
    });
  });

  it('are not taken back over what came later, and do not stand in the way then', () => {
    const catalogue = library();
    annotate(catalogue, [2], { rating: 1 });
    annotate(catalogue, [1], { note: 'mine' });
    // The scanner, or another Platter: not a step of undo.
    catalogue.run("UPDATE images SET note = 'other' WHERE id = 1");
    const before = state(catalogue);
    const next = nextEdit(catalogue, 'undo')!;
    expect(() => applyEdit(catalogue, next, 'undo')).toThrow('the library has changed since');
    expect(state(catalogue)).toEqual(before);
    forgetEdit(catalogue, next);
    expect(inWords(nextEdit(catalogue, 'undo')?.label ?? '')).toBe('Rate “b”');
  });

  it('do not put an entry back where another one is by now', () => {
    const catalogue = library();
    forgetImages(catalogue, [1]);
    catalogue.run("UPDATE images SET path = '/images/a' WHERE id = 2");
    const next = nextEdit(catalogue, 'undo')!;
    expect(() => applyEdit(catalogue, next, 'undo')).toThrow('the library has changed since');
    expect(listImages(catalogue)).toHaveLength(3);
  });

  it('put an entry back whose content was known, to be read anew', () => {
    const catalogue = library();
    const at = '2025-01-01T00:00:00.000Z';
    const knowContent = (): void => {
      catalogue.run(
        `INSERT INTO image_contents (image_id, root, virtual_size_bytes, distinct_blocks, blocks, read_at)
         VALUES (1, @root, 5, 1, @blocks, @at)`,
        { root: 'c'.repeat(64), blocks: Buffer.alloc(64, 7), at },
      );
    };
    knowContent();
    const before = state(catalogue);
    forgetImages(catalogue, [1]);
    applyEdit(catalogue, nextEdit(catalogue, 'undo')!, 'undo');
    expect(state(catalogue)).toEqual(before);
    expect(catalogue.all('SELECT * FROM image_contents')).toEqual([]);
    knowContent();
    applyEdit(catalogue, nextEdit(catalogue, 'redo')!, 'redo');
    // As versions did that recorded the row, which JSON does not give back as it was.
    const { id } = nextEdit(catalogue, 'undo')!;
    catalogue.run(
      `INSERT INTO edit_changes (edit_id, sequence, "table", before, after) VALUES (@id, 99, 'image_contents', @row, NULL)`,
      { id, row: JSON.stringify({ image_id: 1, blocks: Buffer.alloc(2) }) },
    );
    applyEdit(catalogue, nextEdit(catalogue, 'undo')!, 'undo');
    expect(state(catalogue)).toEqual(before);
  });

  it('end what could have been done again, and are kept up to a number', () => {
    const catalogue = library();
    annotate(catalogue, [1], { rating: 1 });
    applyEdit(catalogue, nextEdit(catalogue, 'undo')!, 'undo');
    annotate(catalogue, [1], { rating: 2 });
    expect(nextEdit(catalogue, 'redo')).toBe(null);
    for (let index = 0; index < 250; index++) {
      edit(catalogue, `edit ${index}`, (changes) =>
        changes.update('images', { id: 1 }, { note: `note ${index}` }),
      );
    }
    expect(catalogue.get('SELECT count(*) AS count FROM edits')).toEqual({ count: 200 });
    expect(catalogue.get('SELECT count(*) AS count FROM edit_changes')).toEqual({ count: 200 });
  });
});
