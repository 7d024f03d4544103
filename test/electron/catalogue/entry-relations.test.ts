// Whatever comes first, goes and comes back: what belongs together is what the same files would give that were all there at once.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FoundReference } from '#shared/domain/parts.ts';
import type { FileLook } from '#shared/domain/scan.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { LibraryIndex } from '../../../electron/catalogue/library-index.ts';
import { recordGoneFile, recordLook } from '../../../electron/catalogue/sightings.ts';
import { lookAt, seenAt } from './some-look.ts';

const folder = '/images';
const count = 7;
const nameOf = (file: number): string => `f${file}`;
const pathOf = (file: number): string => `${folder}/${nameOf(file)}`;

interface World {
  /** What each file says of others: role, and which. */
  readonly said: readonly (readonly [number, FoundReference['role'], number])[];
  /** Files that are no images: the last ones. */
  readonly plain: number;
}

function lookOf({ said, plain }: World, file: number): FileLook {
  const references = said.flatMap(([from, role, to]): FoundReference[] =>
    from !== file
      ? []
      : [
          {
            role,
            name: nameOf(to),
            target: role === 'parent' ? `id:${to}` : pathOf(to),
            required: true,
            found: null,
          },
        ],
  );
  const look = lookAt(pathOf(file));
  const image = file >= count - plain ? null : look.image;
  const belongings = { references, identities: [`id:${file}`], sums: [], guest: null };
  return { ...look, image, belongings, allocatedBytes: 512 * (file + 1) };
}

const query = { text: '', scope: '', sort: { key: 'name', direction: 'ascending' } } as const;

/** All that is shown of the library: which entries, with which parts, and what each is a part of. */
function shown(index: LibraryIndex): unknown {
  const listed = index.page(query, 0, 100, null);
  const all = index.page({ ...query, text: 'is:part OR -is:part' }, 0, 100, null).entries;
  return {
    bytes: listed.bytes,
    listed: listed.entries.map(({ path, parts }) => [path, parts && { ...parts, whole: null }]),
    parts: all.map((entry) => {
      const found = index.belongings(entry.id)!;
      const parts = found.parts.map((part) => [part.role, part.path, part.state, part.own, part.sizeBytes]);
      return [
        entry.path,
        entry.parts?.chain,
        found.whole?.path,
        parts,
        found.neededBy.map((one) => one.entry.path).sort(),
      ];
    }),
    broken: index
      .page({ ...query, text: 'chain:broken,unknown' }, 0, 100, null)
      .entries.map(({ path }) => path),
    incomplete: index.page({ ...query, text: 'is:incomplete' }, 0, 100, null).entries.map(({ path }) => path),
    bySize: index.page({ ...query, sort: { key: 'onDisk', direction: 'descending' } }, 0, 100, null).entries
      .length,
  };
}

const record = (catalogue: Catalogue, world: World, file: number): void =>
  catalogue.transaction(() => void recordLook(catalogue, lookOf(world, file), null, seenAt));

const world = fc.record({
  said: fc.array(
    fc.tuple(
      fc.nat(count - 1),
      fc.constantFrom<FoundReference['role']>('parent', 'extent', 'disk', 'medium'),
      fc.nat(count - 1),
    ),
    { maxLength: 12 },
  ),
  plain: fc.nat(2),
});

describe('EntryRelations', () => {
  it('are the same in whatever order files come, go and come back', () => {
    const step = fc.record({ file: fc.nat(count - 1), comes: fc.boolean(), asked: fc.boolean() });
    fc.assert(
      fc.property(world, fc.array(step, { maxLength: 30 }), (files, steps) => {
        const catalogue = openCatalogue(':memory:');
        const index = new LibraryIndex(catalogue);
        index.refresh();
        for (const { file, comes, asked } of steps) {
          if (comes) record(catalogue, files, file);
          else catalogue.transaction(() => recordGoneFile(catalogue, folder, nameOf(file)));
          // Changes are taken in one by one, or many together.
          if (asked) index.refresh();
        }
        expect(shown(index)).toEqual(shown(new LibraryIndex(catalogue)));
        for (let file = 0; file < count; file++) record(catalogue, files, file);
        const fresh = openCatalogue(':memory:');
        for (let file = 0; file < count; file++) record(fresh, files, file);
        expect(shown(index)).toEqual(shown(new LibraryIndex(fresh)));
        fresh.close();
        catalogue.close();
      }),
      { numRuns: 40 },
    );
  });
});
