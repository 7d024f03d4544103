import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImage } from '#engine/operations/create.ts';
import type { LibraryEntry } from '#shared/domain/library.ts';
import { findWatchedFolder } from '../../../electron/catalogue/folders.ts';
import { findImageByPath, listImages } from '../../../electron/catalogue/images.ts';
import { quietControl } from '../engine/quiet-control.ts';
import { scratchFolder } from '../engine/scratch.ts';
import { scannedLibrary, type ScannedLibrary } from './scanned-library.ts';
import { breathe } from './virtual-clock.ts';

const scratch = scratchFolder();
/** The test's clock begins an hour after the files were made. */
const madeAt = 1_700_000_000_000;
const now = madeAt + 3_600_000;

let root: string;
let library: ScannedLibrary;
let count = 0;

beforeEach(() => {
  root = mkdtempSync(join(scratch, 'watched-'));
  library = scannedLibrary(now);
});
afterEach(async () => {
  await library.scanner.close();
  library.catalogue.close();
});

const at = (name: string): string => join(root, name);

/** An image of its own size, so that none has the content of another. */
function makeImage(name: string, modified = madeAt): string {
  const path = at(name);
  mkdirSync(dirname(path), { recursive: true });
  const capacityBytes = (1 << 20) * ++count;
  createImage({ outputPath: path, target: { format: 'qcow2' }, capacityBytes }, quietControl());
  setTime(path, modified);
  return path;
}

function setTime(path: string, milliseconds: number): void {
  utimesSync(path, milliseconds / 1000, milliseconds / 1000);
}

async function watch(): Promise<number> {
  const { id } = library.scanner.add(root);
  await library.scanner.scan(id);
  library.opened.length = 0;
  return id;
}

const entries = (): LibraryEntry[] => listImages(library.catalogue);
const names = (): string[] =>
  entries()
    .map(({ path, missing }) => `${path.slice(root.length + 1)}${missing ? ' (missing)' : ''}`)
    .sort();

/** What the system would tell of a change, and the time until it is taken up. */
async function tell(...paths: string[]): Promise<void> {
  library.watches.get(root)!.changed(paths);
  await library.clock.pass(400);
  await breathe();
  await library.scanner.idle();
}

describe('a scan', () => {
  it('finds images by their content in all folders, and opens nothing twice', async () => {
    for (let index = 0; index < 12; index++) makeImage(`deep/${index}/disk.txt`);
    writeFileSync(at('notes.qcow2'), 'no image');
    setTime(at('notes.qcow2'), madeAt);
    const { id } = library.scanner.add(root);
    expect(await library.scanner.scan(id)).toMatchObject({
      added: 12,
      filesListed: 13,
      filesOpened: 13,
      missing: 0,
    });
    expect(await library.scanner.scan(id)).toMatchObject({
      added: 0,
      changed: 0,
      filesListed: 13,
      filesOpened: 0,
    });
    expect(findWatchedFolder(library.catalogue, id)).toMatchObject({ imageCount: 12, missingCount: 0 });
  });

  it('opens what has changed, and only that', async () => {
    const [first] = [makeImage('a.qcow2'), makeImage('b.qcow2')];
    const id = await watch();
    setTime(first, madeAt + 5000);
    expect(await library.scanner.scan(id)).toMatchObject({ changed: 1, filesOpened: 1 });
    expect(library.opened).toEqual([first]);
  });

  it('keeps what is gone as missing, and finds it again', async () => {
    const path = makeImage('a.qcow2');
    const id = await watch();
    const [before] = entries();
    const aside = join(scratch, `aside-${count}`);
    renameSync(path, aside);
    expect(await library.scanner.scan(id)).toMatchObject({ missing: 1 });
    expect(names()).toEqual(['a.qcow2 (missing)']);
    renameSync(aside, path);
    expect(await library.scanner.scan(id)).toMatchObject({ added: 0, changed: 1 });
    expect(entries()).toEqual([before]);
  });

  it('keeps the entry of a file that was renamed, moved, or moved with its folder', async () => {
    makeImage('a.qcow2');
    makeImage('old/b.qcow2');
    makeImage('old/c.qcow2');
    const id = await watch();
    const before = new Map(entries().map((entry) => [entry.virtualSizeBytes, entry.id]));
    renameSync(at('a.qcow2'), at('z.qcow2'));
    renameSync(at('old'), at('new'));
    mkdirSync(at('below'));
    renameSync(at('new/c.qcow2'), at('below/c.qcow2'));
    expect(await library.scanner.scan(id)).toMatchObject({ added: 0, moved: 3, missing: 0 });
    expect(names()).toEqual(['below/c.qcow2', 'new/b.qcow2', 'z.qcow2']);
    expect(new Map(entries().map((entry) => [entry.virtualSizeBytes, entry.id]))).toEqual(before);
  });

  it('knows a file that came by way of another drive by its content, but not which of two copies it was', async () => {
    makeImage('a.qcow2');
    makeImage('written.qcow2');
    const twin = makeImage('twin-1.qcow2');
    copyFileSync(twin, at('twin-2.qcow2'));
    setTime(at('twin-2.qcow2'), madeAt);
    const id = await watch();
    const before = findImageByPath(library.catalogue, at('a.qcow2'))!;
    for (const name of ['a', 'twin-1', 'twin-2', 'written']) {
      copyFileSync(at(`${name}.qcow2`), at(`${name}-again.qcow2`));
      setTime(at(`${name}-again.qcow2`), name === 'written' ? madeAt + 9000 : madeAt);
      unlinkSync(at(`${name}.qcow2`));
    }
    expect(await library.scanner.scan(id)).toMatchObject({ moved: 1, added: 3, missing: 3 });
    expect(findImageByPath(library.catalogue, at('a-again.qcow2'))!.id).toBe(before.id);
  });

  it('takes a second name of a file for a second entry', async () => {
    const path = makeImage('a.qcow2');
    await watch();
    linkSync(path, at('b.qcow2'));
    await tell(at('b.qcow2'));
    expect(names()).toEqual(['a.qcow2', 'b.qcow2']);
  });

  it('does not follow links, out of the folder or in a circle', async () => {
    const outside = mkdtempSync(join(scratch, 'outside-'));
    const path = makeImage('a.qcow2');
    copyFileSync(path, join(outside, 'b.qcow2'));
    symlinkSync(outside, at('out'));
    symlinkSync(root, at('circle'));
    symlinkSync(path, at('link.qcow2'));
    await watch();
    expect(names()).toEqual(['a.qcow2']);
  });

  it('lets others have their turn between two folders that were listed together', async () => {
    const folderCount = 20;
    for (let number = 0; number < folderCount; number++) makeImage(`folder-${number}/a.qcow2`);
    const id = await watch();
    let turns = 0;
    const count = (): NodeJS.Immediate =>
      setImmediate(() => {
        turns++;
        next = count();
      });
    let next = count();
    await library.scanner.scan(id);
    clearImmediate(next);
    expect(turns).toBeGreaterThan(folderCount);
  });

  it('leaves out what the person removed, also when the file changes', async () => {
    const path = makeImage('a.qcow2');
    const id = await watch();
    const { catalogue } = library;
    const { ignoreSeenFile } = await import('../../../electron/catalogue/sightings.ts');
    ignoreSeenFile(catalogue, path);
    catalogue.run('DELETE FROM images');
    setTime(path, madeAt + 7000);
    await library.scanner.scan(id);
    expect(entries()).toEqual([]);
  });

  it('marks entries that lost their files before their folder was watched', async () => {
    const path = makeImage('a.qcow2');
    const id = await watch();
    await library.scanner.remove(id, false);
    rmSync(path);
    await watch();
    expect(names()).toEqual(['a.qcow2 (missing)']);
  });
});

describe('a folder that cannot be read', () => {
  it('takes its images with it when its drive is unplugged, and opens none of them when it is back', async () => {
    makeImage('a.qcow2');
    makeImage('deep/b.qcow2');
    const id = await watch();
    const unplugged = `${root}-unplugged`;
    renameSync(root, unplugged);
    await expect(library.scanner.scan(id)).rejects.toMatchObject({ code: 'io.not-found' });
    expect(names()).toEqual(['a.qcow2 (missing)', 'deep/b.qcow2 (missing)']);
    expect(findWatchedFolder(library.catalogue, id).failure).toMatchObject({ code: 'io.not-found' });
    renameSync(unplugged, root);
    await library.clock.pass(16_000);
    await library.scanner.idle();
    await library.scanner.scan(id);
    expect(names()).toEqual(['a.qcow2', 'deep/b.qcow2']);
    expect(library.opened).toEqual([]);
    expect(findWatchedFolder(library.catalogue, id).failure).toBeNull();
  });

  it('is shown with its reason, and keeps what is known of it', async () => {
    makeImage('locked/a.qcow2');
    const id = await watch();
    for (const open of [scratch, root]) chmodSync(open, 0o755);
    chmodSync(at('locked'), 0);
    library.unprivileged = true;
    try {
      expect(await library.scanner.scan(id)).toMatchObject({ missing: 0 });
      expect(findWatchedFolder(library.catalogue, id).problems).toMatchObject([
        { failure: { code: 'io.denied' } },
      ]);
    } finally {
      chmodSync(at('locked'), 0o755);
    }
    await library.scanner.scan(id);
    expect(findWatchedFolder(library.catalogue, id).problemCount).toBe(0);
  });

  it('fails the scan when a drive does not answer, and leaves the library as it was', async () => {
    makeImage('a.qcow2');
    const id = await watch();
    library.broken = new Error('no answer');
    await expect(library.scanner.scan(id)).rejects.toMatchObject({ code: 'internal' });
    library.broken = null;
    expect(names()).toEqual(['a.qcow2']);
  });
});

describe('files that are still being written', () => {
  it('are opened when they have come to rest', async () => {
    const path = makeImage('a.qcow2', now - 500);
    const { id } = library.scanner.add(root);
    expect(await library.scanner.scan(id)).toMatchObject({ filesGrowing: 1, filesOpened: 0 });
    for (let second = 1; second < 20; second++) {
      setTime(path, now + second * 1000);
      await library.clock.pass(1000);
    }
    expect(library.opened).toEqual([]);
    expect(library.scanner.growingPaths).toEqual([path]);
    await library.clock.pass(4000);
    await breathe();
    expect(names()).toEqual(['a.qcow2']);
    expect(library.scanner.settledIn(root)).toMatchObject({ added: 1 });
    expect(library.scanner.growingPaths).toEqual([]);
  });

  it('are forgotten when they are gone', async () => {
    const path = makeImage('a.qcow2', now - 500);
    const { id } = library.scanner.add(root);
    await library.scanner.scan(id);
    rmSync(path);
    await library.clock.pass(5000);
    await breathe();
    expect([entries(), library.scanner.growingPaths]).toEqual([[], []]);
  });
});

describe('following', () => {
  it('takes up what comes, changes, moves and goes, with folders too', async () => {
    makeImage('a.qcow2');
    await watch();
    makeImage('b.qcow2');
    makeImage('new/deep/c.qcow2');
    await tell(at('b.qcow2'), at('new'));
    expect(names()).toEqual(['a.qcow2', 'b.qcow2', 'new/deep/c.qcow2']);
    makeImage('.hidden/d.qcow2');
    await tell(at('.hidden'), at('.hidden/d.qcow2'));
    expect(names()).toHaveLength(3);
    const { id } = findImageByPath(library.catalogue, at('b.qcow2'))!;
    renameSync(at('b.qcow2'), at('new/b.qcow2'));
    await tell(at('b.qcow2'), at('new/b.qcow2'));
    expect(findImageByPath(library.catalogue, at('new/b.qcow2'))).toMatchObject({ id, missing: false });
    rmSync(at('new'), { recursive: true });
    await tell(at('new'), at('new/b.qcow2'), at('new/deep'));
    expect(names()).toEqual(['a.qcow2', 'new/b.qcow2 (missing)', 'new/deep/c.qcow2 (missing)']);
  });

  it('lists only the folders that it was told of', async () => {
    const paths = [makeImage('one/a.qcow2'), makeImage('two/b.qcow2')];
    await watch();
    for (const path of paths) setTime(path, madeAt + 5000);
    await tell(paths[0]!);
    expect(library.opened).toEqual([paths[0]]);
  });

  it('scans again every half hour, and tries a lost watch again', async () => {
    const path = makeImage('a.qcow2');
    const id = await watch();
    library.scanner.start();
    await library.scanner.idle();
    library.watches.get(root)!.failed('too many');
    expect(library.scanner.list()).toMatchObject([{ id, following: 'rescans' }]);
    await library.clock.pass(16_000);
    expect(library.scanner.list()).toMatchObject([{ id, following: 'live' }]);
    setTime(path, madeAt + 5000);
    await library.clock.pass(31 * 60_000);
    await library.scanner.idle();
    expect(library.opened).toEqual([path]);
  });

  it('begins and ends with what another process does', async () => {
    library.scanner.start();
    const other = scannedLibrary(now, library.catalogue);
    makeImage('a.qcow2');
    const { id } = other.scanner.add(root);
    await library.clock.pass(16_000);
    await library.scanner.idle();
    expect([...library.watches.keys()]).toEqual([root]);
    expect(names()).toEqual(['a.qcow2']);
    await other.scanner.remove(id, false);
    await library.clock.pass(16_000);
    expect([...library.watches.keys()]).toEqual([]);
    await other.scanner.close();
  });

  it('lets its threads go when there is nothing to do, and leaves no timer behind', async () => {
    makeImage('a.qcow2');
    const id = await watch();
    await library.scanner.idle();
    expect(library.rests()).toBeGreaterThan(0);
    await library.scanner.remove(id, true);
    expect(entries()).toEqual([]);
    await expect(library.scanner.scan(id)).rejects.toMatchObject({ code: 'input.invalid' });
    await library.scanner.close();
    expect(library.clock.waiting).toBe(0);
  });
});
