import { MessageChannel } from 'node:worker_threads';
import { createORPCClient, isDefinedError, safe } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { RPCHandler } from '@orpc/server/message-port';
import { afterEach, describe, expect, it } from 'vitest';
import { contract } from '#shared/contract/app.ts';
import { Failure } from '#shared/failure.ts';
import { scratchFolder } from '../engine/scratch.ts';
import { createPortPair, listed, failureOf, type PortPair, type PortPairOptions } from './port-pair.ts';

const scratch = scratchFolder();
const pairs: PortPair[] = [];
const create = (options: PortPairOptions = {}): PortPair => {
  const pair = createPortPair(scratch, options);
  pairs.push(pair);
  return pair;
};

afterEach(async () => {
  for (const pair of pairs.splice(0)) await pair.close();
});

describe('createRouter', () => {
  it('implements the whole contract', () => {
    const { backend } = create();
    const router = backend.router as unknown as Record<string, Record<string, unknown>>;
    for (const [group, procedures] of Object.entries(contract)) {
      expect(Object.keys(router[group]!).sort()).toEqual(Object.keys(procedures).sort());
    }
  });

  it('says what is wrong with an input, as the one typed error', async () => {
    const { client } = create();
    expect(await failureOf(client.library.rename({ id: 1, fileName: '../up' }))).toEqual({
      code: 'input.invalid',
      details: { problem: 'fileName: a file name has no separators' },
    });
    const wrong = client.jobs.start({ kind: 'dance', request: {} } as never);
    expect((await failureOf(wrong)).code).toBe('input.invalid');
    expect((await failureOf(client.jobs.cancel({ id: -1 }))).code).toBe('input.invalid');
    expect((await failureOf(client.images.inspect({ path: 'a\0b' }))).code).toBe('input.invalid');
    expect((await failureOf(client.images.inspect(undefined as never))).code).toBe('input.invalid');
  });

  it('takes absolute paths only', async () => {
    const { client } = create();
    const target = { format: 'raw' };
    const conversion = { source: { path: '/a.qcow2' }, outputPath: 'b.raw', target };
    const extraction = { packagePath: 'web.ova', outputFolder: '/out', disks: [] };
    const calls = [
      client.images.inspect({ path: 'a.qcow2' }),
      client.images.map({ source: { path: './a.qcow2' }, cells: 10 }),
      client.images.inspectPackage({ path: '~/a.ova' }),
      client.images.planConversion(conversion),
      client.images.planExtraction(extraction),
      client.jobs.start({ kind: 'convert', request: conversion }),
      client.jobs.start({ kind: 'extract', request: extraction }),
      client.jobs.start({ kind: 'hash', request: { path: 'a' } }),
      client.jobs.start({ kind: 'verify-package', request: { packagePath: 'a' } }),
      client.library.add({ paths: ['/a', 'b'] }),
      client.files.list({ folder: 'src' }),
      client.files.createFolder({ folder: 'src', name: 'new' }),
      client.settings.change({ outputFolder: 'out' }),
    ];
    for (const call of calls) {
      const failure = await failureOf(call);
      expect(failure).toMatchObject({ code: 'input.invalid' });
      expect(JSON.stringify(failure)).toContain('the path is not absolute');
    }
    expect(await client.jobs.list()).toEqual([]);
    expect(await listed(client)).toEqual([]);
  });

  it('carries the failure of an operation to the window, typed', async () => {
    const failure = new Failure('image.truncated', { path: '/a.vmdk', neededBytes: 10, actualBytes: 5 });
    const { client } = create({ operation: () => Promise.reject(failure) });
    const [error] = await safe(client.images.inspect({ path: '/a.vmdk' }));
    expect(isDefinedError(error)).toBe(true);
    expect(await failureOf(client.images.inspect({ path: '/a.vmdk' }))).toEqual(failure.toData());
  });

  it('tells the window of a mistake of its own without the stack, which goes to the log', async () => {
    const { client, log } = create({ operation: () => Promise.reject(new Error('a bug')) });
    const call = client.images.map({ source: { path: '/a.vmdk' }, cells: 10 });
    const [error] = await safe(call);
    expect(await failureOf(call)).toEqual({ code: 'internal', details: { problem: 'a bug' } });
    expect(JSON.stringify(error)).not.toContain('router.test');
    expect(log).toHaveLength(1);
    expect(log[0]).toMatch(/^images\.map: Error: a bug\n\s+at .*router\.test/);
  });

  it('answers other windows after a call that makes no sense', async () => {
    const { backend, client } = create();
    const { port1, port2 } = new MessageChannel();
    new RPCHandler(backend.router).upgrade(port1);
    const stranger = createORPCClient<Record<string, (input: unknown) => Promise<unknown>>>(
      new RPCLink({ port: port2 }),
    );
    await expect(stranger['constructor']!({})).rejects.toThrow();
    await expect(stranger['nothing']!({})).rejects.toThrow();
    port2.close();
    expect((await client.application.info()).version).toBe('1.2.3');
  });
});
