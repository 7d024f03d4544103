import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { findImage, updateFileState } from '../../../electron/catalogue/images.ts';
import { GuestReader } from '../../../electron/library/guest-reader.ts';
import { addEntry } from '../catalogue/some-content.ts';
import { FakeThread, type FakeOperation } from '../jobs/fake-thread.ts';
import { breathe, VirtualClock } from '../scanning/virtual-clock.ts';

let catalogue: Catalogue;
let clock: VirtualClock;
let reader: GuestReader;
let scanning: boolean;
/** What lies on the disks, and nothing where they are not there. */
let systems: Map<string, string | null>;
let asked: string[];
let changed: number[];

const operation: FakeOperation = async (name, input) => {
  expect(name).toBe('lookForGuests');
  const { paths } = input as { paths: readonly string[] };
  asked.push(...paths);
  return paths.map((path) => ({
    path,
    modifiedMilliseconds: systems.has(path) ? 1000 : null,
    guest: systems.get(path) ?? null,
  }));
};

beforeEach(() => {
  catalogue = openCatalogue(':memory:');
  clock = new VirtualClock(Date.parse('2025-06-01T12:00:00Z'));
  [scanning, systems, asked, changed] = [false, new Map(), [], []];
  reader = new GuestReader({
    catalogue,
    startThread: () => new FakeThread(operation),
    clock,
    scanning: () => scanning,
    changed: (ids) => changed.push(...ids),
    log: (line) => expect.fail(line),
  });
  reader.start();
});
afterEach(async () => {
  await reader.close();
  catalogue.close();
});

async function wait(): Promise<void> {
  await clock.pass(5000);
  for (let turn = 0; turn < 20; turn++) await breathe();
}

const guestOf = (id: number): string | null | undefined => findImage(catalogue, id)?.guest;
const write = (id: number, modifiedMilliseconds: number): unknown =>
  updateFileState(catalogue, id, {
    missing: false,
    fileSizeBytes: 1,
    allocatedBytes: 1,
    modifiedMilliseconds,
  });

describe('GuestReader', () => {
  it('looks into each disk once, and again when it was written', async () => {
    systems.set('/a', 'debian 12').set('/b', null);
    const [a, b] = [addEntry(catalogue, '/a'), addEntry(catalogue, '/b')];
    await wait();
    expect([guestOf(a), guestOf(b)]).toEqual(['debian 12', null]);
    expect(changed).toEqual([a]);
    addEntry(catalogue, '/a');
    await wait();
    expect(asked.sort()).toEqual(['/a', '/b']);
    systems.set('/a', 'debian 13').set('/b', 'windows');
    write(a, 2000);
    await wait();
    expect([guestOf(a), guestOf(b)]).toEqual(['debian 13', null]);
    systems.set('/a', null);
    write(a, 3000);
    await wait();
    expect(guestOf(a)).toBeNull();
  });

  it('leaves what is known otherwise where a disk says nothing', async () => {
    systems.set('/a', null);
    const id = addEntry(catalogue, '/a');
    catalogue.run("UPDATE images SET guest = 'Other (64-bit)'");
    await wait();
    expect([asked, guestOf(id)]).toEqual([['/a'], 'Other (64-bit)']);
  });

  it('lets scans go first, and leaves alone what is not there', async () => {
    scanning = true;
    systems.set('/here', 'ubuntu 24.04');
    const here = addEntry(catalogue, '/here');
    addEntry(catalogue, '/gone');
    await wait();
    expect(asked).toEqual([]);
    scanning = false;
    await wait();
    await wait();
    expect(guestOf(here)).toBe('ubuntu 24.04');
    expect(asked.sort()).toEqual(['/gone', '/here']);
    expect(catalogue.column('SELECT image_id FROM guest_looks')).toEqual([here]);
  });
});
