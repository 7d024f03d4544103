import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Job, JobState } from '#shared/domain/job.ts';
import { compose, type Backend } from '../../../electron/services/compose.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();
const locate = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const worker = locate('../jobs/fixture-worker.ts');
const log: string[] = [];
const backends: Backend[] = [];
const children: ChildProcess[] = [];

function composeAt(home: string): Backend {
  const backend = compose({
    home,
    workerEntries: { worker, computer: worker },
    host: { host: 'desktop', version: '1.0.0' },
    // How long a query takes says more of the machine than of the code.
    log: (line) => void (line.startsWith('slow query') || log.push(line)),
  });
  backends.push(backend);
  return backend;
}

async function jobOf({ jobs }: Backend, id: number): Promise<Job> {
  return (await jobs.list()).find((job) => job.id === id)!;
}

async function statesIn({ jobs }: Backend): Promise<JobState[]> {
  return (await jobs.list()).map(({ state }) => state);
}

async function startCrashing(
  home: string,
  outputPath: string,
): Promise<{ child: ChildProcess; partial: string }> {
  const child = spawn(process.execPath, [locate('./crashing-process.ts'), home, outputPath], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [partial] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, partial: partial.toString() };
}

afterEach(async () => {
  for (const backend of backends.splice(0)) await backend.close();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  log.length = 0;
});

describe('compose', () => {
  it('leaves nothing running and nothing open when it is closed', async () => {
    const home = mkdtempSync(join(scratch, 'home-'));
    const backend = composeAt(home);
    const output = join(home, 'slow');
    const request = { source: { path: '/a' }, outputPath: output, target: { format: 'raw' } };
    const { id } = await backend.jobs.start({ kind: 'convert', request });
    await vi.waitFor(
      async () => expect((await jobOf(backend, id)).progress?.doneBytes).toBeGreaterThan(0),
      5000,
    );
    await Promise.all([backend.close(), backend.close()]);
    expect(readdirSync(home).sort()).toEqual(['library.sqlite', 'running']);
    expect(readdirSync(join(home, 'running'))).toEqual([]);
    expect(log).toEqual([]);
    expect(await jobOf(composeAt(home), id)).toMatchObject({
      state: 'interrupted',
      failure: { code: 'operation.interrupted', details: { reason: 'Platter was closed' } },
    });
  });

  it('refuses a library of a newer Platter', () => {
    const home = mkdtempSync(join(scratch, 'home-'));
    const database = new Database(join(home, 'library.sqlite'));
    database.pragma('user_version = 100000');
    database.close();
    expect(() => composeAt(home)).toThrow('catalogue.newer');
  });

  it('settles what a killed process left, but only once it is dead', { timeout: 20_000 }, async () => {
    const home = mkdtempSync(join(scratch, 'home-'));
    const output = join(home, 'disk.raw');
    const { child, partial } = await startCrashing(home, output);
    expect(existsSync(partial)).toBe(true);

    const beside = composeAt(home);
    expect(await statesIn(beside)).toEqual(['queued', 'running']);
    expect(existsSync(partial)).toBe(true);
    const running = (await beside.jobs.list())[1]!;
    await expect(beside.jobs.cancel(running)).rejects.toThrow('another Platter');
    await beside.close();

    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(partial)).toBe(true);
    const after = composeAt(home);
    await vi.waitFor(async () => expect(await statesIn(after)).toEqual(['done', 'interrupted']), 5000);
    expect((await jobOf(after, running.id)).failure?.code).toBe('operation.interrupted');
    expect(existsSync(partial)).toBe(false);
    expect(existsSync(output)).toBe(false);
    expect(existsSync(`${output}-quick`)).toBe(true);
    expect(log).toEqual([]);
  });
});
