import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { JobRequest } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';
import { openCatalogue } from '../../../electron/catalogue/database.ts';
import { listImages } from '../../../electron/catalogue/images.ts';
import { ThreadPool } from '../../../electron/jobs/pool.ts';
import { JobQueue } from '../../../electron/jobs/queue.ts';
import { JobSecrets, withoutSecrets } from '../../../electron/jobs/secrets.ts';
import { MemorySecrets } from '../../../electron/services/secrets.ts';
import { scratchFolder } from '../engine/scratch.ts';
import { FakeThread, type FakeOperation } from './fake-thread.ts';

const folder = scratchFolder();
const store = new MemorySecrets();
const secret = 'correct horse battery staple';
const conversion: JobRequest = {
  kind: 'convert',
  request: {
    source: { path: '/i/a.qcow2', passphrase: secret },
    outputPath: '/out/a.qcow2',
    target: { format: 'qcow2', backing: { path: '/i/b.qcow2', passphrase: secret } },
  },
};
const seed: JobRequest = {
  kind: 'build',
  request: {
    builder: 'seed',
    inputs: [],
    outputPath: '/out/seed.iso',
    fields: { user: 'me', password: secret },
  },
};

describe('withoutSecrets', () => {
  it('leaves everything else as it is', () => {
    expect(withoutSecrets(conversion)).toEqual({
      kind: 'convert',
      request: {
        source: { path: '/i/a.qcow2' },
        outputPath: '/out/a.qcow2',
        target: { format: 'qcow2', backing: { path: '/i/b.qcow2' } },
      },
    });
    const plain: JobRequest = { kind: 'hash', request: { path: '/i/passphrase' } };
    expect(withoutSecrets(plain)).toEqual(plain);
    expect(
      withoutSecrets({ ...seed, request: { ...seed.request, fields: { password: '' } } } as JobRequest),
    ).toMatchObject({ request: { fields: { password: '' } } });
  });
});

describe('JobSecrets', () => {
  it('keeps only what has a secret', () => {
    const secrets = new JobSecrets(() => store);
    secrets.keep(1, { kind: 'hash', request: { path: '/i/a' } });
    secrets.keep(2, conversion);
    expect(secrets.size).toBe(1);
    secrets.forget({ id: 2, work: conversion });
    expect(secrets.size).toBe(0);
  });

  it('opens the keychain for uploads alone', () => {
    const opened: string[] = [];
    const secrets = new JobSecrets(() => {
      opened.push('keychain');
      return store;
    });
    secrets.keep(1, conversion);
    secrets.forget({ id: 1, work: conversion });
    expect(opened).toEqual([]);
    secrets.forget({
      id: 1,
      work: { kind: 'upload', request: { account: 'a', options: {}, parts: [], wait: true } },
    });
    expect(opened).toEqual(['keychain']);
  });
});

describe('the secrets of jobs', () => {
  const queues: JobQueue[] = [];
  afterEach(async () => {
    for (const queue of queues.splice(0)) await queue.close();
  });

  function open(name: string, operation: FakeOperation, cores = 1) {
    const catalogue = openCatalogue(join(folder, name));
    const lines: string[] = [];
    const queue = new JobQueue({
      catalogue,
      pool: new ThreadPool(() => new FakeThread(operation)),
      owner: { id: '1-aaaaaaaaaaaaaaaa', isAlive: () => true },
      cores,
      accessTo: () => Promise.reject(new Error('no cloud was expected')),
      openSecrets: () => store,
      libraryChanged: () => {},
      log: (line) => lines.push(line),
    });
    queues.push(queue);
    return { queue, catalogue, lines };
  }

  /** Every file of the database, its journal too. */
  function expectNowhere(name: string): void {
    const files = readdirSync(folder).filter((file) => file.startsWith(name));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(readFileSync(join(folder, file)).includes(secret), file).toBe(false);
  }

  it('reach the worker, and neither the database nor whoever watches', async () => {
    const given: unknown[] = [];
    const { queue, lines } = open('a.sqlite', (_, input) => {
      given.push(input);
      const { source } = input as { source?: { passphrase?: string } };
      if (source !== undefined && source.passphrase === undefined) {
        return Promise.reject(new Failure('image.encrypted', { format: 'qcow2', method: 'luks' }));
      }
      return Promise.reject(new Failure('io.no-space', { path: '/out' }));
    });
    const told: string[] = [];
    queue.events.listen((event) => void told.push(JSON.stringify(event)));
    const jobs = [queue.start(conversion), queue.start(seed)];
    for (const { id } of jobs) await vi.waitFor(() => expect(queue.get(id).state).toBe('failed'));
    expect(given).toEqual([conversion.request, seed.request]);
    expectNowhere('a.sqlite');
    expect(JSON.stringify(queue.list())).not.toContain(secret);
    expect(told.length).toBeGreaterThan(2);
    expect([...told, ...lines].join()).not.toContain(secret);
    // Once the job has ended its secret is gone.
    const again = queue.retry(jobs[0]!.id);
    await vi.waitFor(() => expect(queue.get(again.id).state).toBe('failed'));
    expect(queue.get(again.id).failure?.code).toBe('image.encrypted');
    const seedAgain = queue.retry(jobs[1]!.id);
    await vi.waitFor(() => expect(queue.get(seedAgain.id).state).toBe('failed'));
    expect(queue.get(seedAgain.id).failure).toMatchObject({ code: 'input.invalid' });
    expect(given).toHaveLength(3);
  });

  it('what a job made is in the library when it is done', async () => {
    const info = {
      kind: 'disk',
      format: 'qcow2',
      variant: 'plain',
      virtualSizeBytes: 512,
      fileSizeBytes: 1,
      allocatedBytes: 1,
    };
    const { queue, catalogue } = open('b.sqlite', (name, input) => {
      if (name !== 'inspect') return Promise.resolve({ files: [{ path: '/out/a.ova' }] });
      return Promise.resolve({ ...info, path: (input as { source: { path: string } }).source.path });
    });
    const target = { format: 'qcow2' };
    const inputs = [{ path: '/i/disk.raw' }];
    const works: JobRequest[] = [
      { kind: 'create', request: { outputPath: '/out/new.qcow2', target, capacityBytes: 512 } },
      { kind: 'resize', request: { path: '/i/old.qcow2', capacityBytes: 512 } },
      { kind: 'build', request: { builder: 'ova', inputs, outputPath: '/out/a.ova', fields: {} } },
    ];
    const ids = works.map((work) => queue.start(work).id);
    for (const id of ids) await vi.waitFor(() => expect(queue.get(id).endedAt).not.toBeNull());
    expect(ids.map((id) => queue.get(id).failure)).toEqual([null, null, null]);
    const entries = listImages(catalogue);
    expect(entries.map(({ path }) => path).sort()).toEqual(['/i/old.qcow2', '/out/a.ova', '/out/new.qcow2']);
    expect(entries.find(({ path }) => path === '/out/a.ova')?.origin).toMatchObject({
      kind: 'built',
      sourcePath: '/i/disk.raw',
      format: 'ova',
    });
    expect(entries.find(({ path }) => path === '/i/old.qcow2')?.origin).toBeNull();
  });
});
