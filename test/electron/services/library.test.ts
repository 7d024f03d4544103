import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { inWords } from '#shared/text/in-words.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import type { ImageInfo } from '#shared/domain/image.ts';
import type { LibraryEntry, LibraryEvent } from '#shared/domain/library.ts';
import { Failure } from '#shared/failure.ts';
import { rememberImage } from '../../../electron/catalogue/images.ts';
import { recordReferences } from '../../../electron/catalogue/references.ts';
import type { FakeOperation } from '../jobs/fake-thread.ts';
import { scratchFolder } from '../engine/scratch.ts';
import { createPortPair, listed, failureOf, type PortPair } from './port-pair.ts';

const scratch = scratchFolder();
let folder: string;
let pair: PortPair;
let trashed: string[];
let revealed: string[];

/** Knows every file as a raw disk, but for those whose content is `strange`. */
const inspect: FakeOperation = (_, input) => {
  const { path } = (input as { source: { path: string } }).source;
  if (readFileSync(path, 'utf8') === 'strange') {
    return Promise.reject(new Failure('image.unrecognised', { path }));
  }
  const { size, blocks } = statSync(path);
  const info: ImageInfo = {
    path,
    kind: 'disk',
    format: 'raw',
    variant: null,
    virtualSizeBytes: size,
    fileSizeBytes: size,
    allocatedBytes: blocks * 512,
    parent: null,
    snapshots: [],
    encrypted: false,
    wrapper: null,
    facts: [],
    warnings: [],
  };
  return Promise.resolve(info);
};

beforeEach(() => {
  folder = mkdtempSync(join(scratch, 'images-'));
  trashed = [];
  revealed = [];
  pair = createPortPair(scratch, {
    operation: inspect,
    host: {
      trash(path) {
        trashed.push(path);
        rmSync(path);
        return Promise.resolve();
      },
      reveal(path) {
        revealed.push(path);
        return Promise.resolve();
      },
    },
  });
});
afterEach(() => pair.close());

/** What is known of such a file. */
const knownRaw = {
  kind: 'disk',
  format: 'raw',
  variant: null,
  virtualSizeBytes: 7,
  fileSizeBytes: 7,
  allocatedBytes: 512,
  modifiedMilliseconds: null,
} as const;

function file(name: string, content = 'content'): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function add(path: string): Promise<LibraryEntry> {
  const [entry] = await pair.client.library.add({ paths: [path] });
  return entry!;
}

async function watch(): Promise<LibraryEvent[]> {
  const events: LibraryEvent[] = [];
  const watched = await pair.client.library.watch();
  void (async () => {
    for await (const event of watched) events.push(event);
  })().catch(() => {});
  return events;
}

describe('library.add', () => {
  it('adds what the worker finds in the files, and tells the windows', async () => {
    const events = await watch();
    const path = file('a.img');
    const entries = await pair.client.library.add({ paths: [path, join(folder, '.', 'a.img')] });
    expect(entries).toMatchObject([
      { path, name: 'a.img', kind: 'disk', format: 'raw', fileSizeBytes: 7, missing: false },
    ]);
    expect(await listed(pair.client)).toEqual(entries);
    await vi.waitFor(() => expect(events).toEqual([{ changed: [entries[0]!.id] }]));
  });

  it('looks again at a file that is there already', async () => {
    const path = file('a.img');
    const first = await add(path);
    writeFileSync(path, 'longer content');
    expect(await add(path)).toMatchObject({ id: first.id, addedAt: first.addedAt, fileSizeBytes: 14 });
  });

  it('adds all it can and says what was wrong with the first it could not', async () => {
    const [good, strange] = [file('a.img'), file('b.img', 'strange')];
    const missing = join(folder, 'c.img');
    expect(await failureOf(pair.client.library.add({ paths: [strange, good, missing] }))).toEqual({
      code: 'image.unrecognised',
      details: { path: strange },
    });
    expect((await listed(pair.client)).map((entry) => entry.path)).toEqual([good]);
    expect(await failureOf(pair.client.library.add({ paths: [missing] }))).toEqual({
      code: 'io.not-found',
      details: { path: missing },
    });
    expect((await failureOf(pair.client.library.add({ paths: [folder] }))).code).toBe('image.unrecognised');
  });
});

describe('library.watch', () => {
  it('has a look at the files: those that went, came back and changed', async () => {
    const path = file('a.img');
    const entry = await add(path);
    rmSync(path);
    const events = await watch();
    // The look comes after the first list, or soon.
    await vi.waitFor(() => expect(events).toEqual([{ changed: [entry.id] }]), { timeout: 10_000 });
    expect(await listed(pair.client)).toEqual([{ ...entry, missing: true }]);
    writeFileSync(path, 'other content');
    await watch();
    await vi.waitFor(() => expect(events).toHaveLength(2));
    expect(await listed(pair.client)).toMatchObject([{ id: entry.id, missing: false, fileSizeBytes: 13 }]);
  });
});

describe('library.query', () => {
  it('answers in pages, counts what there is, and says where an entry stands', async () => {
    const entries: LibraryEntry[] = [];
    for (const name of ['disk10.img', 'disk2.img', 'other.img']) entries.push(await add(file(name)));
    const query = {
      text: 'disk',
      scope: 'kind:disk',
      sort: { key: 'name', direction: 'ascending' },
    } as const;
    const place = entries[0]!.id;
    const page = await pair.client.library.query({ ...query, offset: 0, limit: 1, place });
    expect(page).toMatchObject({ total: 2, entries: [{ name: 'disk2.img' }], place: 1, problems: [] });
    const next = await pair.client.library.query({ ...query, offset: 1, limit: 1 });
    expect(next).toMatchObject({ revision: page.revision, entries: [{ name: 'disk10.img' }], place: null });
    expect(await pair.client.library.ids({ ...query, offset: 0, limit: 9 })).toEqual([
      entries[1]!.id,
      entries[0]!.id,
    ]);
    const counts = await pair.client.library.counts({ text: 'disk', scope: '', scopes: ['', 'is:missing'] });
    expect(counts.scopes).toEqual([3, 0]);
    expect(counts.facets).toContainEqual({ key: 'format', values: [{ value: 'raw', count: 2 }] });
    await pair.client.library.remove({ ids: [place] });
    expect(await pair.client.library.query({ ...query, offset: 0, limit: 9, place })).toMatchObject({
      total: 1,
      place: null,
    });
    expect(await pair.client.library.entries({ ids: [place, entries[1]!.id] })).toEqual([entries[1]]);
    expect(await pair.client.library.find({ path: entries[0]!.path })).toBe(null);
  });
});

describe('library.remove', () => {
  it('forgets the entry and keeps the file', async () => {
    const { id, path } = await add(file('a.img'));
    const events = await watch();
    await pair.client.library.remove({ ids: [id] });
    expect(await listed(pair.client)).toEqual([]);
    expect(existsSync(path)).toBe(true);
    await vi.waitFor(() => expect(events).toEqual([{ changed: [id] }]));
    expect((await failureOf(pair.client.library.remove({ ids: [id] }))).code).toBe('input.invalid');
  });
});

describe('library.rename', () => {
  it('renames the file and keeps the entry', async () => {
    const entry = await add(file('a.img'));
    const renamed = await pair.client.library.rename({ id: entry.id, fileName: 'b.img' });
    expect(renamed).toEqual({ ...entry, path: join(folder, 'b.img'), name: 'b.img' });
    expect(existsSync(entry.path)).toBe(false);
    expect(await listed(pair.client)).toEqual([renamed]);
  });

  it('never replaces a file', async () => {
    const entry = await add(file('a.img'));
    const other = file('b.img', 'precious');
    expect(await failureOf(pair.client.library.rename({ id: entry.id, fileName: 'b.img' }))).toEqual({
      code: 'io.exists',
      details: { path: other },
    });
    expect(readFileSync(other, 'utf8')).toBe('precious');
    expect(await listed(pair.client)).toEqual([entry]);
  });

  it('takes the place of an entry whose file is gone', async () => {
    const [entry, stale] = [await add(file('a.img')), await add(file('b.img'))];
    rmSync(stale.path);
    const events = await watch();
    await pair.client.library.rename({ id: entry.id, fileName: 'b.img' });
    expect((await listed(pair.client)).map(({ id }) => id)).toEqual([entry.id]);
    await vi.waitFor(() => expect(events).toContainEqual({ changed: [entry.id, stale.id] }));
  });

  it('says that the file is not there', async () => {
    const { id, path } = await add(file('a.img'));
    rmSync(path);
    expect(await failureOf(pair.client.library.rename({ id, fileName: 'b.img' }))).toEqual({
      code: 'io.not-found',
      details: { path },
    });
  });
});

describe('library.undo', () => {
  it('takes back tags, notes, removals and the names of files, and does them again', async () => {
    const { client } = pair;
    const [first, second] = [await add(file('a.img')), await add(file('b.img'))];
    await client.library.annotate({ ids: [first.id, second.id], addTags: ['prod'], rating: 4 });
    await client.library.annotate({ ids: [first.id], note: '**Mine**' });
    await client.library.rename({ id: first.id, fileName: 'c.img' });
    await client.library.saveSearch({ name: 'Good ones', query: 'tag:prod rating:>=4' });
    await client.library.remove({ ids: [second.id] });
    expect(await client.library.desk()).toMatchObject({
      tags: [{ name: 'prod', color: 'red', count: 1 }],
      searches: [{ name: 'Good ones', query: 'tag:prod rating:>=4' }],
      undo: expect.objectContaining({ english: 'Remove {what} from the library' }) as unknown,
      redo: null,
    });
    const after = await listed(client);
    const undo = (direction: 'undo' | 'redo') => client.library.undo({ direction });
    for (let step = 0; step < 5; step++) expect(await undo('undo')).not.toBe(null);
    expect(await undo('undo')).toBe(null);
    expect(await listed(client)).toEqual([second, first]);
    expect(existsSync(first.path)).toBe(true);
    expect(await client.library.desk()).toMatchObject({ tags: [], searches: [], undo: null });
    for (let step = 0; step < 5; step++) await undo('redo');
    expect(await listed(client)).toEqual(after);
    expect(after).toMatchObject([{ name: 'c.img', note: '**Mine**', rating: 4, tags: [{ name: 'prod' }] }]);
    expect(existsSync(first.path)).toBe(false);
  });

  it('leaves all as it is where a file cannot have its old name, and goes on with what was before', async () => {
    const { client } = pair;
    const entry = await add(file('a.img'));
    await client.library.annotate({ ids: [entry.id], rating: 2 });
    const renamed = await client.library.rename({ id: entry.id, fileName: 'c.img' });
    file('a.img', 'precious');
    expect((await failureOf(client.library.undo({ direction: 'undo' }))).code).toBe('io.exists');
    expect(await listed(client)).toEqual([renamed]);
    rmSync(renamed.path);
    expect((await failureOf(client.library.undo({ direction: 'undo' }))).code).toBe('io.not-found');
    expect(inWords((await client.library.undo({ direction: 'undo' })) ?? '')).toBe('Rate “a.img”');
    expect(readFileSync(entry.path, 'utf8')).toBe('precious');
  });
});

describe('library.locate', () => {
  it('gives a missing entry its file again, and takes the place of an entry of that file', async () => {
    const entry = await add(file('a.img'));
    const path = join(folder, 'elsewhere.img');
    renameSync(entry.path, path);
    const other = await add(path);
    const events = await watch();
    const located = await pair.client.library.locate({ id: entry.id, path });
    expect(located).toEqual({ ...entry, path, name: 'elsewhere.img' });
    expect(await listed(pair.client)).toEqual([located]);
    await vi.waitFor(() => expect(events).toContainEqual({ changed: [entry.id, other.id] }));
  });

  it('takes no file that is something else, or is not there', async () => {
    const entry = await add(file('a.img'));
    pair.backend.catalogue.run("UPDATE images SET format = 'qcow2'");
    const failure = await failureOf(pair.client.library.locate({ id: entry.id, path: file('b.img') }));
    expect(failure).toMatchObject({ code: 'input.invalid' });
    expect(describeFailure(failure).sentence).toContain('is raw, and a.img was qcow2');
    const nothing = pair.client.library.locate({ id: entry.id, path: join(folder, 'nothing') });
    expect((await failureOf(nothing)).code).toBe('io.not-found');
    expect(await listed(pair.client)).toMatchObject([{ path: entry.path }]);
  });
});

describe('library.trash and reveal', () => {
  it('hand the file to the host', async () => {
    const { id, path } = await add(file('a.img'));
    await pair.client.library.reveal({ id });
    expect(revealed).toEqual([path]);
    await pair.client.library.trash({ id });
    expect(trashed).toEqual([path]);
    expect(await listed(pair.client)).toEqual([]);
  });

  it('hand over what belongs to the file alone, where that is asked for, and tell what cannot go', async () => {
    const whole = await add(file('whole.img'));
    const part = await add(file('part.img'));
    const shared = await add(file('shared.img'));
    const other = await add(file('other.img'));
    const { catalogue } = pair.backend;
    const refer = (path: string, ...targets: readonly string[]): void =>
      catalogue.transaction(() => {
        const references = targets.map((target) => {
          return { role: 'extent', name: basename(target), target, required: true, found: true } as const;
        });
        recordReferences(catalogue, path, { references, identities: [] });
        rememberImage(catalogue, { ...knownRaw, path }, '2025-01-01T00:00:00.000Z');
      });
    const plain = file('plain.bin');
    refer(whole.path, part.path, shared.path, plain);
    refer(other.path, shared.path);
    const found = await pair.client.library.belongings({ id: whole.id });
    expect(found!.parts.map(({ path, own }) => [path, own])).toEqual([
      [part.path, true],
      [shared.path, false],
      [plain, true],
    ]);
    expect((await listed(pair.client)).map(({ name }) => name).sort()).toEqual([
      'other.img',
      'shared.img',
      'whole.img',
    ]);
    await pair.client.library.trash({ id: whole.id, parts: true });
    expect(trashed).toEqual([whole.path, part.path, plain]);
    expect(await pair.client.library.belongings({ id: whole.id })).toBeNull();
    // What nothing else claims any more is a part of the other one now.
    expect((await listed(pair.client)).map(({ name }) => name)).toEqual(['other.img']);
  });

  it('do not hand over what is not there', async () => {
    const { id, path } = await add(file('a.img'));
    rmSync(path);
    mkdirSync(path);
    expect((await failureOf(pair.client.library.trash({ id }))).code).toBe('image.unrecognised');
    rmSync(path, { recursive: true });
    expect((await failureOf(pair.client.library.trash({ id }))).code).toBe('io.not-found');
    expect((await failureOf(pair.client.library.reveal({ id }))).code).toBe('io.not-found');
    expect([trashed, revealed]).toEqual([[], []]);
    expect(await listed(pair.client)).toHaveLength(1);
  });

  it('are refused where the host cannot', async () => {
    const bare = createPortPair(scratch, { operation: inspect });
    const [entry] = await bare.client.library.add({ paths: [file('a.img')] });
    expect((await failureOf(bare.client.library.trash({ id: entry!.id }))).code).toBe('input.invalid');
    expect((await failureOf(bare.client.library.reveal({ id: entry!.id }))).code).toBe('input.invalid');
    expect(existsSync(entry!.path)).toBe(true);
    await bare.close();
  });
});
