import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '#shared/in-english.ts';
import { inWords } from '#shared/text/in-words.ts';
import type { ContentFile } from '#shared/domain/content.ts';
import { recordContent } from '../../../electron/catalogue/contents.ts';
import { someContent } from '../catalogue/some-content.ts';
import { scratchFolder } from '../engine/scratch.ts';
import type { FakeOperation } from '../jobs/fake-thread.ts';
import { createPortPair, failureOf, listed, type PortPair } from './port-pair.ts';

const scratch = scratchFolder();
let folder: string;
let pair: PortPair;
let trashed: string[];

/** A file's text is what the image says of its parent; empty: it has none. */
const inspect: FakeOperation = (_, input) => {
  const { path } = (input as { source: { path: string } }).source;
  const text = readFileSync(path, 'utf8');
  const { size, blocks } = statSync(path);
  return Promise.resolve({
    path,
    kind: 'disk',
    format: 'raw',
    variant: null,
    virtualSizeBytes: 1 << 20,
    fileSizeBytes: size,
    allocatedBytes: blocks * 512,
    parent: text.startsWith('on ') ? { name: text.slice(3), format: null } : null,
    snapshots: [],
    encrypted: false,
    wrapper: null,
    facts: [],
    warnings: [],
  });
};

beforeEach(() => {
  folder = mkdtempSync(join(scratch, 'contents-'));
  trashed = [];
  pair = createPortPair(scratch, {
    operation: inspect,
    host: {
      trash(path) {
        trashed.push(basename(path));
        rmSync(path);
        return Promise.resolve();
      },
    },
  });
});
afterEach(() => pair.close());

async function add(name: string, text = 'content'): Promise<number> {
  const path = join(folder, name);
  writeFileSync(path, text);
  const [entry] = await pair.client.library.add({ paths: [path] });
  return entry!.id;
}

function fileNow(name: string, role: ContentFile['role'] = 'image'): ContentFile {
  const path = join(folder, name);
  const { dev, ino, size, mtimeMs } = statSync(path);
  const stamp = {
    device: String(dev),
    inode: String(ino),
    born: '',
    sizeBytes: size,
    modifiedMilliseconds: mtimeMs,
  };
  return { path, role, allocatedBytes: size, stamp };
}

/** An entry whose content is known: that of all others here, unless said otherwise. */
async function addKnown(name: string, others: readonly ContentFile[] = [], blocks = [1, 2]): Promise<number> {
  const id = await add(name);
  const content = someContent([fileNow(name), ...others], blocks);
  expect(recordContent(pair.backend.catalogue, id, content, '2025-01-01T00:00:00.000Z')).toBe(true);
  return id;
}

const trash = (keepId: number, ...ids: number[]): ReturnType<typeof pair.client.contents.trashDuplicates> =>
  pair.client.contents.trashDuplicates({ keepId, ids });

async function refusal(keepId: number, ...ids: number[]): Promise<string> {
  const { code, details } = await failureOf(trash(keepId, ...ids));
  expect(code).toBe('input.invalid');
  return inWords((details as { problem: Message }).problem);
}

describe('duplicates that go to the trash', () => {
  it('go, and the library forgets them', async () => {
    const kept = await addKnown('a.img');
    const copies = [await addKnown('b.img'), await addKnown('c.img')];
    const { groups } = await pair.client.contents.duplicates();
    expect(groups).toHaveLength(1);
    expect(await trash(kept, ...copies)).toMatchObject({ count: 2 });
    expect(trashed).toEqual(['b.img', 'c.img']);
    expect((await listed(pair.client)).map(({ id }) => id)).toEqual([kept]);
    expect((await pair.client.contents.duplicates()).groupCount).toBe(0);
  });

  it('take their extents along', async () => {
    const kept = await addKnown('a.img');
    writeFileSync(join(folder, 'b-flat.img'), 'extent');
    const copy = await addKnown('b.img', [fileNow('b-flat.img', 'part')]);
    await trash(kept, copy);
    expect(trashed.sort()).toEqual(['b-flat.img', 'b.img']);
  });

  it('are never all of them, nor ones with another content', async () => {
    const [one, two] = [await addKnown('a.img'), await addKnown('b.img')];
    const other = await addKnown('c.img', [], [7]);
    expect(await refusal(one, one)).toContain('not known');
    expect(await refusal(one, other)).toContain('no duplicate');
    await trash(one, two);
    expect(await refusal(one, one)).toContain('not known');
    expect(await refusal(two, one)).toContain('not known');
    expect(trashed).toEqual(['b.img']);
  });

  it('stay when either file has changed since it was read, although nobody has told the library', async () => {
    const [one, two] = [await addKnown('a.img'), await addKnown('b.img')];
    writeFileSync(join(folder, 'a.img'), 'other content');
    expect(await refusal(one, two)).toBe('“a.img” has changed since it was read');
    expect(await refusal(two, one)).toBe('“a.img” has changed since it was read');
    rmSync(join(folder, 'a.img'));
    expect((await failureOf(trash(one, two))).code).toBe('io.not-found');
    expect(existsSync(join(folder, 'b.img'))).toBe(true);
  });

  it('stay when others stand on them, known by their content or only by what they say', async () => {
    const [one, two] = [await addKnown('a.img'), await addKnown('b.img')];
    const machine = await addKnown('machine.img', [fileNow('b.img', 'parent')], [9]);
    expect(await refusal(one, two)).toContain('others stand on it');
    await pair.client.library.remove({ ids: [machine] });
    await add('unread.img', 'on b.img');
    expect(await refusal(one, two)).toBe('“unread.img” stands on “b.img”');
    expect(trashed).toEqual([]);
    await trash(two, one);
    expect(trashed).toEqual(['a.img']);
  });
});
