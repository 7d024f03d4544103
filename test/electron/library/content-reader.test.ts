import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '#shared/failure.ts';
import { countContents, findContent } from '../../../electron/catalogue/contents.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { changeSettings } from '../../../electron/catalogue/settings.ts';
import { ContentReader } from '../../../electron/library/content-reader.ts';
import { addEntry, someContent, someFile } from '../catalogue/some-content.ts';
import { createGate, FakeThread, type FakeOperation, type Gate } from '../jobs/fake-thread.ts';
import { breathe, VirtualClock } from '../scanning/virtual-clock.ts';

const start = Date.parse('2025-06-01T12:00:00Z');
const soon = 20_000;

let catalogue: Catalogue;
let clock: VirtualClock;
let thread: FakeThread;
let reader: ContentReader;
let scanning: boolean;
/** The paths that were read. */
let read: string[];
let changed: number[];
let log: string[];
/** Reading waits for it, where there is one. */
let gate: Gate | null;
let failure: Failure | null;

const operation: FakeOperation = async (name, input, control) => {
  if (name === 'stampFiles') {
    const { paths } = input as { paths: readonly string[] };
    return paths.map((path) => someFile(path).stamp);
  }
  const { path } = (input as { source: { path: string } }).source;
  read.push(path);
  expect(control.options.limits).toMatchObject({ lowPriority: true, workers: 0 });
  if (gate !== null) await Promise.race([gate.opened, control.cancelled]);
  if (failure !== null) throw failure;
  return someContent([someFile(path)], [path.length]);
};

beforeEach(() => {
  catalogue = openCatalogue(':memory:');
  clock = new VirtualClock(start);
  [scanning, read, changed, log, gate, failure] = [false, [], [], [], null, null];
  reader = new ContentReader({
    catalogue,
    startThread: () => (thread = new FakeThread(operation)),
    clock,
    scanning: () => scanning,
    isDistant: async (path) => path.startsWith('/usb/'),
    changed: (ids) => changed.push(...ids),
    progressed: () => {},
    log: (line) => log.push(line),
  });
  reader.start();
});
afterEach(async () => {
  await reader.close();
  catalogue.close();
  expect(log).toEqual([]);
});

async function wait(milliseconds = soon): Promise<void> {
  await clock.pass(milliseconds);
  await breathe();
}

function beginJob(): void {
  catalogue.run(
    `INSERT INTO jobs (title, state, owner, work, limits, created_at)
     VALUES ('a job', 'running', '1-a', '{}', '{}', '2025-01-01T00:00:00.000Z')`,
  );
}

const endJobs = (): unknown => catalogue.run('DELETE FROM jobs');

describe('ContentReader', () => {
  it('reads one disk after the other, and tells of each', async () => {
    const ids = [addEntry(catalogue, '/a.raw'), addEntry(catalogue, '/bb.raw')];
    expect(reader.progress).toMatchObject({ known: 0, total: 2, reading: null });
    await wait();
    expect(read).toEqual(['/a.raw', '/bb.raw']);
    expect(changed).toEqual(ids);
    expect(reader.progress).toEqual({ known: 2, total: 2, unreadable: 0, reading: null, pause: null });
    expect(findContent(catalogue, ids[0]!)).not.toBeNull();
  });

  it('lets jobs and scans go first, also once it has begun', async () => {
    addEntry(catalogue, '/a.raw');
    beginJob();
    await wait();
    expect([read, reader.progress.pause]).toEqual([[], 'busy']);
    endJobs();
    scanning = true;
    await wait();
    expect(read).toEqual([]);
    scanning = false;
    gate = createGate();
    await wait();
    expect(read).toEqual(['/a.raw']);
    expect(reader.progress.reading?.name).toBe('/a.raw');
    beginJob();
    await wait(2000);
    expect(thread.asked).toEqual(['pause']);
    endJobs();
    await wait(2000);
    expect(thread.asked).toEqual(['pause', 'resume']);
    gate.open();
    await wait();
    expect(reader.progress.known).toBe(1);
  });

  it('does what the settings and the battery allow, unless a person wants it now', async () => {
    addEntry(catalogue, '/a.raw');
    reader.power(true);
    await wait();
    expect([read, reader.progress.pause]).toEqual([[], 'battery']);
    changeSettings(catalogue, { contents: 'off' });
    reader.power(false);
    await wait();
    expect([read, reader.progress.pause]).toEqual([[], 'off']);
    reader.readNow();
    await wait();
    expect(read).toEqual(['/a.raw']);
    addEntry(catalogue, '/later.raw');
    await wait();
    expect(read).toEqual(['/a.raw']);
    changeSettings(catalogue, { contents: 'always' });
    reader.power(true);
    await wait();
    expect(read).toEqual(['/a.raw', '/later.raw']);
  });

  it('is paused and goes on, and stops when it is turned off', async () => {
    addEntry(catalogue, '/a.raw');
    gate = createGate();
    await wait();
    reader.pause(true);
    expect([thread.asked, reader.progress.pause]).toEqual([['pause'], 'paused']);
    reader.pause(false);
    expect(thread.asked).toEqual(['pause', 'resume']);
    changeSettings(catalogue, { contents: 'off' });
    reader.look();
    await wait();
    expect(thread.cancels).toBeGreaterThan(0);
    expect(countContents(catalogue)).toEqual({ total: 1, known: 0, unreadable: 0 });
  });

  it('puts on record what cannot be read, and does not try again until the file is another', async () => {
    addEntry(catalogue, '/a.raw');
    failure = new Failure('image.encrypted', { format: 'qcow2', method: 'LUKS' });
    await wait();
    failure = null;
    await wait(600_000);
    expect([read.length, reader.progress.unreadable, reader.progress.pause]).toEqual([1, 1, null]);
    catalogue.run('UPDATE images SET modified_milliseconds = 9000');
    await wait();
    expect(read.length).toBe(2);
  });

  it('leaves files alone that were just written, and tries those again later that changed under it', async () => {
    const fresh = addEntry(catalogue, '/fresh.raw');
    catalogue.run('UPDATE images SET modified_milliseconds = @now WHERE id = @fresh', { now: start, fresh });
    await wait();
    expect(read).toEqual([]);
    catalogue.run('UPDATE images SET modified_milliseconds = 1000');
    failure = new Failure('input.invalid', { problem: 'changed' });
    await wait();
    expect([read.length, reader.progress.unreadable]).toEqual([1, 0]);
    failure = null;
    await wait(60_000);
    expect(read.length).toBe(1);
    await wait(300_000);
    expect([read.length, reader.progress.known]).toEqual([2, 1]);
  });

  it('leaves files on drives that come and go alone, unless the settings or a person say otherwise', async () => {
    addEntry(catalogue, '/usb/a.raw');
    addEntry(catalogue, '/b.raw');
    await wait();
    expect(read).toEqual(['/b.raw']);
    changeSettings(catalogue, { contentsOnDrives: true });
    reader.look();
    await wait();
    expect(read).toEqual(['/b.raw', '/usb/a.raw']);
    changeSettings(catalogue, { contentsOnDrives: false });
    addEntry(catalogue, '/usb/c.raw');
    await wait();
    expect(read).toHaveLength(2);
    reader.readNow();
    await wait();
    expect(read.at(-1)).toBe('/usb/c.raw');
  });

  it('leaves nothing behind when it is closed in the middle', async () => {
    addEntry(catalogue, '/a.raw');
    gate = createGate();
    await wait();
    await reader.close();
    expect(countContents(catalogue)).toEqual({ total: 1, known: 0, unreadable: 0 });
    expect(clock.waiting).toBe(0);
  });
});
