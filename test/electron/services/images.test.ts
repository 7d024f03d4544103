import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FakeOperation } from '../jobs/fake-thread.ts';
import { scratchFolder } from '../engine/scratch.ts';
import { createPortPair, failureOf, type PortPair } from './port-pair.ts';

const scratch = scratchFolder();
let pair: PortPair;
const create = (operation: FakeOperation): PortPair['client'] => {
  pair = createPortPair(scratch, { operation });
  return pair.client;
};
afterEach(() => pair.close());

describe('images', () => {
  it('asks the worker, with paths spelled in one way', async () => {
    const calls: unknown[] = [];
    const client = create((name, input) => {
      calls.push([name, input]);
      return Promise.resolve({ answer: name });
    });
    const target = { format: 'raw' };
    const conversion = { source: { path: '/p/../p/a.ova', member: 'd' }, outputPath: '/out//a.raw', target };
    const extraction = { packagePath: '/p/./a.ova', outputFolder: '/out/', disks: [{ name: 'd', target }] };
    expect(await client.images.inspect({ path: '/p/./a' })).toEqual({ answer: 'inspect' });
    await client.images.map({ source: { path: '/p//a' }, cells: 10 });
    await client.images.inspectPackage({ path: '/p/q/../a.ova' });
    await client.images.planConversion(conversion);
    await client.images.planExtraction(extraction);
    expect(calls).toEqual([
      ['inspect', { source: { path: '/p/a' } }],
      ['overviewOfMap', { source: { path: '/p/a' }, cells: 10 }],
      ['inspectPackage', { path: '/p/a.ova' }],
      [
        'planConversion',
        { ...conversion, source: { path: '/p/a.ova', member: 'd' }, outputPath: '/out/a.raw' },
      ],
      ['planExtraction', { ...extraction, packagePath: '/p/a.ova', outputFolder: '/out' }],
    ]);
  });

  it('asks what the engine declares once, and again when that failed', async () => {
    const asked: string[] = [];
    const client = create((name) => {
      asked.push(name);
      return asked.length === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve([name]);
    });
    expect((await failureOf(client.images.formats())).code).toBe('internal');
    expect(await client.images.formats()).toEqual(['formats']);
    expect(await client.images.builders()).toEqual(['builders']);
    expect(await client.images.wrappers()).toEqual(['wrappers']);
    expect(await client.images.formats()).toEqual(['formats']);
    expect(asked).toEqual(['formats', 'formats', 'wrappers', 'builders']);
  });

  it('stops an inspection when the window does not wait for it any more', async () => {
    let stopped = false;
    const client = create((_, __, control) =>
      control.cancelled.catch((error: unknown) => {
        stopped = true;
        throw error;
      }),
    );
    const abort = new AbortController();
    const call = client.images.inspect({ path: '/a' }, { signal: abort.signal });
    setTimeout(() => abort.abort(), 20);
    await expect(call).rejects.toThrow();
    await vi.waitFor(() => expect(stopped).toBe(true));
  });
});
