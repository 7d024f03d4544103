import { describe, expect, it } from 'vitest';
import { unlimited } from '#shared/domain/job.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { insertJob, takeNextJob } from '../../../electron/catalogue/jobs.ts';
import { listCloudObjects } from '../../../electron/catalogue/cloud-objects.ts';
import { listPartialFiles } from '../../../electron/catalogue/partial-files.ts';
import { performOnRecord, type Recording } from '../../../electron/jobs/record.ts';
import { FakeThread } from './fake-thread.ts';

const at = '2025-01-01T00:00:00.000Z';

function recording(catalogue: Catalogue, lines: string[] = []): Recording {
  return {
    catalogue,
    owner: '1-a',
    accessTo: () => Promise.reject(new Error('no cloud was expected')),
    log: (line) => lines.push(line),
    permission: () => null,
    keepPermission: () => {},
    progress: () => null,
    changed: () => {},
  };
}

describe('performOnRecord', () => {
  it('has each partial file on record from before it is there until it is gone', async () => {
    const catalogue = openCatalogue(':memory:');
    const work = { kind: 'hash', request: { path: '/a' } } as const;
    insertJob(catalogue, { title: 'Hash a', work, limits: unlimited, owner: '1-a', createdAt: at });
    const job = takeNextJob(catalogue, '1-a', at)!;
    const seen: string[][] = [];
    const thread = new FakeThread((_, __, control) => {
      control.partialCreated('/out/.a');
      control.partialCreated('/out/.b');
      seen.push(listPartialFiles(catalogue, job.id));
      control.partialGone('/out/.a');
      seen.push(listPartialFiles(catalogue, job.id));
      return Promise.resolve({ sha256: '', virtualSizeBytes: 0 });
    });
    await performOnRecord(thread, job, recording(catalogue));
    expect(seen).toEqual([['/out/.a', '/out/.b'], ['/out/.b']]);
  });

  it('has on record what is made in a cloud from before it is there, and as left once the work is over', async () => {
    const catalogue = openCatalogue(':memory:');
    const work = { kind: 'hash', request: { path: '/a' } } as const;
    insertJob(catalogue, { title: 'Hash a', work, limits: unlimited, owner: '1-a', createdAt: at });
    const job = takeNextJob(catalogue, '1-a', at)!;
    const [first, second, third] = ['1', '2', '3'].map((id) => {
      return { account: 'lab', kind: 'image', id, name: `image ${id}` } as const;
    });
    const states = (): Record<string, string> =>
      Object.fromEntries(
        listCloudObjects(catalogue, (owner) => owner === '1-a').map(({ id, state }) => [id, state]),
      );
    const thread = new FakeThread((_, __, control) => {
      for (const object of [first!, second!, third!]) control.cloudObject({ event: 'making', object });
      control.cloudObject({ event: 'made', object: first! });
      control.cloudObject({ event: 'gone', object: second! });
      expect(states()).toEqual({ 1: 'made', 3: 'making' });
      return Promise.reject(new Error('the network is gone'));
    });
    await expect(performOnRecord(thread, job, recording(catalogue))).rejects.toThrow('the network is gone');
    expect(states()).toEqual({ 1: 'made', 3: 'left' });
  });

  it('lets the operation go on, with a line in the log, when there can be no record', async () => {
    const catalogue = openCatalogue(':memory:');
    const lines: string[] = [];
    const thread = new FakeThread((_, __, control) => {
      control.partialCreated('/out/.a');
      return Promise.resolve('result');
    });
    const work = { kind: 'hash', request: { path: '/a' } } as const;
    const job = insertJob(catalogue, {
      title: 'Hash a',
      work,
      limits: unlimited,
      owner: '1-a',
      createdAt: at,
    });
    catalogue.close();
    const outcome = await performOnRecord(thread, job, recording(catalogue, lines));
    expect(outcome).toEqual({ outcome: { kind: 'hash', result: 'result' }, looks: [] });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('could not be put on record');
  });
});
