import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { unlimited, type JobRequest } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { listImages } from '../../../electron/catalogue/images.ts';
import { changeSettings } from '../../../electron/catalogue/settings.ts';
import { jobsInThread } from '../../../electron/jobs/client.ts';
import type { JobKeeper, JobKeeperEvent } from '../../../electron/jobs/keeper.ts';
import { jobsBundle, threadBundles } from '../../setup/thread-bundles.ts';
import { noise } from '../engine/pattern.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();
let folder: string;
let catalogue: Catalogue;
let events: JobKeeperEvent[];
const keepers: JobKeeper[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(scratch, 'jobs-'));
  catalogue = openCatalogue(join(folder, 'library.sqlite'));
  events = [];
});
afterEach(async () => {
  for (const keeper of keepers.splice(0)) await keeper.close();
  catalogue.close();
});

function startJobs(entry = jobsBundle): JobKeeper {
  const locksFolder = join(folder, 'running');
  mkdirSync(locksFolder, { recursive: true });
  const keeper = jobsInThread({
    entry,
    databasePath: catalogue.path,
    locksFolder,
    workerEntries: threadBundles,
    cores: 2,
    accessTo: (account) => Promise.reject(new Failure('input.invalid', { problem: `no ${account}` })),
    openSecrets: () => {
      throw new Failure('io.denied', { path: '/keychain' });
    },
    tell: (event) => events.push(event),
  });
  keepers.push(keeper);
  return keeper;
}

function conversionTo(name: string): JobRequest {
  const path = join(folder, 'disk.raw');
  writeFileSync(path, noise(1 << 20));
  return {
    kind: 'convert',
    request: {
      source: { path, format: 'raw' },
      outputPath: join(folder, name),
      target: { format: 'qcow2' },
    },
  };
}

const linesOf = (all: readonly JobKeeperEvent[]): string[] =>
  all.flatMap((event) => (event.kind === 'log' && !event.line.startsWith('slow query') ? [event.line] : []));
const statesOf = (all: readonly JobKeeperEvent[], id: number): string[] =>
  all.flatMap((event) =>
    event.kind === 'job' && event.event.kind === 'changed' && event.event.job.id === id
      ? [event.event.job.state]
      : [],
  );

describe('the thread of the jobs', () => {
  it('runs jobs, tells of each change, and records what they made', async () => {
    const jobs = startJobs();
    await jobs.recover();
    const { id } = await jobs.start(conversionTo('disk.qcow2'));
    await vi.waitFor(async () => expect((await jobs.list())[0]).toMatchObject({ id, state: 'done' }), 10_000);
    await vi.waitFor(() => expect(statesOf(events, id).at(-1)).toBe('done'));
    const [entry] = listImages(catalogue);
    expect(entry).toMatchObject({ path: join(folder, 'disk.qcow2'), origin: { kind: 'converted' } });
    expect(events).toContainEqual({ kind: 'library', changed: [entry!.id] });
    expect(await jobs.underWay()).toBe(false);
    await expect(jobs.cancel({ id: 99 })).rejects.toMatchObject({ code: 'input.invalid' });
    expect(linesOf(events)).toEqual([]);
  });

  it('asks the main thread for what opens a cloud', async () => {
    const jobs = startJobs();
    const { id } = await jobs.start({
      kind: 'upload',
      request: { account: 'far', options: {}, parts: [], wait: true },
    });
    await vi.waitFor(async () => expect((await jobs.list())[0]!.state).toBe('failed'), 10_000);
    expect((await jobs.list())[0]!.failure).toMatchObject({ details: { problem: 'no far' } });
    // The keychain is asked, too, and its refusal changes nothing.
    expect(linesOf(events)).toEqual([
      expect.stringContaining(`the secrets of job ${id} could not be removed`),
    ]);
  });

  it('is started again when it dies: what ran is interrupted, what waited runs', async () => {
    const knife = join(folder, 'knife');
    const entry = join(folder, 'thread.mjs');
    writeFileSync(
      entry,
      `import { existsSync } from 'node:fs';
       process.getBuiltinModule('module').createRequire(${JSON.stringify(jobsBundle)})(${JSON.stringify(jobsBundle)});
       if (!existsSync(${JSON.stringify(knife)}))
         setInterval(() => { if (existsSync(${JSON.stringify(knife)})) throw new Error('stabbed'); }, 20);`,
    );
    const jobs = startJobs(entry);
    changeSettings(catalogue, { limits: { ...unlimited, bytesPerSecond: 100_000 } });
    const [slow, slower] = [await jobs.start(conversionTo('a')), await jobs.start(conversionTo('b'))];
    await vi.waitFor(async () =>
      expect((await jobs.list()).map(({ state }) => state)).toEqual(['running', 'running']),
    );
    changeSettings(catalogue, { limits: unlimited });
    const waiting = await jobs.start(conversionTo('c'));
    writeFileSync(knife, '');
    await vi.waitFor(() => expect(linesOf(events).join()).toContain('stabbed'));
    await vi.waitFor(() => expect(statesOf(events, waiting.id).at(-1)).toBe('done'), 15_000);
    expect([slow, slower].map(({ id }) => statesOf(events, id).at(-1))).toEqual([
      'interrupted',
      'interrupted',
    ]);
    expect(existsSync(join(folder, 'c'))).toBe(true);
  });
});
