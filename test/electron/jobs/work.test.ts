import { describe, expect, it } from 'vitest';
import type { JobRequest } from '#shared/domain/job.ts';
import { perform, titleOf } from '../../../electron/jobs/work.ts';
import type { WorkerClient } from '../../../electron/worker/client.ts';

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

describe('titleOf', () => {
  it('says what a job does to which file', () => {
    for (const [title, work] of Object.entries(works)) expect(titleOf(work)).toBe(title);
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
    for (const work of Object.values(works)) kinds.push((await perform(client, work)).kind);
    expect(kinds).toEqual(['extract', 'convert', 'convert', 'convert', 'verify-package', 'hash']);
    expect(calls).toEqual([
      ['extract', extraction],
      ['convert', conversion],
      ['convert', { ...conversion, source: { path: '/i/a.qcow2' } }],
      ['convert', { ...conversion, target: { format: 'as-is' } }],
      ['verifyPackage', { path: '/p/web.ova' }],
      ['hash', { source: { path: '/i/a.qcow2' } }],
    ]);
  });
});
