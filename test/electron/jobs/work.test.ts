import { describe, expect, it } from 'vitest';
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import type { JobRequest } from '#shared/domain/job.ts';
import type { UploadWork } from '#shared/domain/upload.ts';
import { titleOf } from '../../../electron/catalogue/job-titles.ts';
import { perform } from '../../../electron/jobs/work.ts';
import type { WorkerClient } from '../../../electron/worker/client.ts';

/** Its secret, and what is given to the thread. */
const access = { name: 'lab', secret: 'x' } as unknown as CloudAccess;
const accessTo = (): Promise<CloudAccess> => Promise.resolve(access);
const target = { format: 'raw' };
const extraction = { packagePath: '/p/web.ova', outputFolder: '/out', disks: [] };
const conversion = { source: { path: '/p/web.ova', member: 'disk1.vmdk' }, outputPath: '/out/a.raw', target };
const works: Readonly<Record<string, JobRequest>> = {
  'Extract web.ova': { kind: 'extract', request: extraction },
  'Convert disk1.vmdk to raw': { kind: 'convert', request: conversion },
  'Convert a.qcow2 to raw': { kind: 'convert', request: { ...conversion, source: { path: '/i/a.qcow2' } } },
  'Copy disk1.vmdk': { kind: 'convert', request: { ...conversion, target: { format: 'as-is' } } },
  'Verify web.ova': { kind: 'verify-package', request: { packagePath: '/p/web.ova' } },
  'Hash a.qcow2': { kind: 'hash', request: { path: '/i/a.qcow2' } },
};
const create = { outputPath: '/out/new.qcow2', target: { format: 'qcow2' }, capacityBytes: 512 };
const resize = { path: '/i/a.qcow2', capacityBytes: 1024 };
const repair = { path: '/i/a.qcow2', scope: 'all' } as const;
const extractFiles = { source: { path: '/i/a.iso' }, paths: [], outputFolder: '/out' };
const buildRequest = { builder: 'ova', inputs: [{ path: '/i/a.raw' }], outputPath: '/out/a.ova', fields: {} };
const upload: UploadWork = {
  account: 'lab',
  options: {},
  parts: [
    {
      role: 'image',
      name: 'Debian 12',
      source: { kind: 'file', reference: { path: '/i/a.qcow2' } },
      properties: {},
    },
  ],
};
const download = { account: 'lab', image: { id: '1', name: 'Debian 12' }, outputPath: '/out/d.qcow2' };
/** Those whose files are looked at afterwards have their paths. */
const changes: Readonly<Record<string, readonly [JobRequest, paths?: readonly string[]]>> = {
  'Create new.qcow2': [{ kind: 'create', request: create }, ['/out/new.qcow2']],
  'Resize a.qcow2': [{ kind: 'resize', request: resize }, ['/i/a.qcow2']],
  'Check a.qcow2': [{ kind: 'check', request: { path: '/i/a.qcow2' } }],
  'Repair a.qcow2': [{ kind: 'repair', request: repair }, ['/i/a.qcow2']],
  'Compare a.qcow2 with b.raw': [{ kind: 'compare', request: { first: '/i/a.qcow2', second: '/i/b.raw' } }],
  'Extract files from a.iso': [{ kind: 'extract-files', request: extractFiles }],
  'Upload Debian 12 to lab': [{ kind: 'upload', request: upload }],
  'Download Debian 12 from lab': [{ kind: 'download', request: download }, ['/out/d.qcow2']],
  'Build a.ova': [{ kind: 'build', request: buildRequest }, ['/out/a.ova', '/out/a.mf']],
};

describe('titleOf', () => {
  it('says what a job does to which file', () => {
    for (const [title, work] of Object.entries(works)) expect(titleOf(work)).toBe(title);
    for (const [title, [work]] of Object.entries(changes)) expect(titleOf(work)).toBe(title);
  });
});

describe('perform', () => {
  it('asks the worker for the operation of each kind', async () => {
    const calls: unknown[] = [];
    const client = new Proxy({} as WorkerClient, {
      get: (_, name) => (input: unknown) => {
        calls.push([name, input]);
        return Promise.resolve(`result of ${String(name)}`);
      },
    });
    const kinds = [];
    for (const work of Object.values(works)) kinds.push((await perform(client, work, accessTo)).outcome.kind);
    await perform(client, { kind: 'upload', request: upload }, accessTo);
    expect(calls.pop()).toEqual(['upload', { work: upload, access }]);
    expect(kinds).toEqual(['extract', 'convert', 'convert', 'convert', 'verify-package', 'hash']);
    expect(calls).toEqual([
      ['extract', extraction],
      ['convert', conversion],
      ['convert', { ...conversion, source: { path: '/i/a.qcow2' } }],
      ['convert', { ...conversion, target: { format: 'as-is' } }],
      ['verifyPackage', { path: '/p/web.ova' }],
      ['hash', { source: { path: '/i/a.qcow2' }, content: true }],
    ]);
  });

  it('looks at what a job made or changed, and at nothing else', async () => {
    for (const [work, paths = []] of Object.values(changes)) {
      const looked: string[] = [];
      const client = new Proxy({} as WorkerClient, {
        get: (_, name) => (input: { source: { path: string } }) => {
          if (name === 'inspect') {
            looked.push(input.source.path);
            // A manifest is no image: that is no failure of the job.
            if (input.source.path.endsWith('.mf')) return Promise.reject(new Error('no image'));
            return Promise.resolve({ path: input.source.path });
          }
          return Promise.resolve({ files: [{ path: '/out/a.ova' }, { path: '/out/a.mf' }] });
        },
      });
      const { looks } = await perform(client, work, accessTo);
      expect(looked).toEqual(paths);
      expect(looks).toEqual(paths.filter((path) => !path.endsWith('.mf')).map((path) => ({ path })));
    }
  });
});
