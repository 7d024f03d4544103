import { beforeEach, describe, expect, it } from 'vitest';
import type { JobOutcome, JobRequest } from '#shared/domain/job.ts';
import type { Origin } from '#shared/domain/library.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { lineageOf } from '../../../electron/catalogue/lineage.ts';
import { addEntry, addKnown, readAt } from './some-content.ts';

let catalogue: Catalogue;
beforeEach(() => {
  catalogue = openCatalogue(':memory:');
});

function addMade(path: string, kind: Origin['kind'], sourcePath: string): number {
  const id = addEntry(catalogue, path);
  const origin = JSON.stringify({ kind, sourcePath, disk: null, format: 'raw', options: {} });
  catalogue.run('UPDATE images SET origin = @origin WHERE id = @id', { id, origin });
  return id;
}

function addJob(work: object, outcome: object): void {
  catalogue.run(
    `INSERT INTO jobs (title, state, work, outcome, limits, created_at, ended_at)
     VALUES ('a job', 'done', @work, @outcome, '{}', @at, @at)`,
    { work: JSON.stringify(work), outcome: JSON.stringify(outcome), at: readAt },
  );
}

describe('lineage', () => {
  it('goes back to the first source, and on to what was made directly', () => {
    const converted = addMade('/b.qcow2', 'converted', '/a.raw');
    addMade('/a.raw', 'extracted', '/gone.ova');
    const child = addMade('/c.vmdk', 'converted', '/b.qcow2');
    addMade('/d.vdi', 'converted', '/c.vmdk');
    const { ancestors, descendants } = lineageOf(catalogue, converted);
    expect(ancestors.map(({ how, name, entryId }) => [how, name, entryId === null])).toEqual([
      ['converted', 'a.raw', false],
      ['extracted', 'gone.ova', true],
    ]);
    expect(descendants.map(({ how, entryId }) => [how, entryId])).toEqual([['converted', child]]);
  });

  it('ends where files were renamed into a circle', () => {
    const id = addMade('/a.raw', 'converted', '/b.raw');
    addMade('/b.raw', 'converted', '/a.raw');
    expect(lineageOf(catalogue, id).ancestors.map(({ name }) => name)).toEqual(['b.raw']);
  });

  it('knows uploads, and whether the ledger has them still', () => {
    const id = addEntry(catalogue, '/a "x".qcow2');
    const work: JobRequest = {
      kind: 'upload',
      request: {
        account: 'lab',
        options: {},
        parts: ['one', 'two'].map((name) => ({
          role: 'image' as const,
          name,
          source: { kind: 'file' as const, reference: { path: '/a "x".qcow2' } },
          properties: {},
        })),
      },
    };
    const uploaded = {
      role: 'image' as const,
      status: 'active',
      sizeBytes: 1,
      verified: null,
      converted: null,
      retries: 0,
    };
    const outcome: JobOutcome = {
      kind: 'upload',
      result: { account: 'lab', images: ['one', 'two'].map((name) => ({ ...uploaded, id: name, name })) },
    };
    addJob(work, outcome);
    catalogue.run(
      `INSERT INTO cloud_objects (account, kind, id, name, complete, created_at) VALUES ('lab', 'image', 'one', 'one', 1, @at)`,
      { at: readAt },
    );
    expect(lineageOf(catalogue, id).descendants).toEqual([
      { how: 'uploaded', path: null, entryId: null, name: 'one', detail: 'lab', at: readAt, missing: false },
      { how: 'uploaded', path: null, entryId: null, name: 'two', detail: 'lab', at: readAt, missing: true },
    ]);
  });

  it('knows which image in a cloud a file is a copy of', () => {
    const id = addEntry(catalogue, '/down.qcow2');
    addJob(
      {
        kind: 'download',
        request: { account: 'lab', image: { id: '1', name: 'debian' }, outputPath: '/down.qcow2' },
      },
      { kind: 'download', result: { path: '/down.qcow2', sizeBytes: 1, verified: null } },
    );
    expect(lineageOf(catalogue, id).ancestors).toMatchObject([
      { how: 'downloaded', name: 'debian', detail: 'lab' },
    ]);
  });

  it('names others with the same content that nothing else is known of', () => {
    const one = addKnown(catalogue, '/one.raw', [1]);
    const twin = addKnown(catalogue, '/twin.qcow2', [1]);
    const made = addKnown(catalogue, '/made.qcow2', [1]);
    catalogue.run('UPDATE images SET origin = @origin WHERE id = @made', {
      made,
      origin: JSON.stringify({
        kind: 'converted',
        sourcePath: '/one.raw',
        disk: null,
        format: 'qcow2',
        options: {},
      }),
    });
    expect(lineageOf(catalogue, one).twins.map(({ entryId }) => entryId)).toEqual([twin]);
    expect(() => lineageOf(catalogue, 99)).toThrow('input.invalid');
  });
});
