import { afterEach, describe, expect, it } from 'vitest';
import { inWords } from '#shared/text/in-words.ts';
import { factsWith } from '../clouds/facts.ts';
import { scratchFolder } from '../engine/scratch.ts';
import type { FakeOperation } from '../jobs/fake-thread.ts';
import { createPortPair, failureOf, type PortPair } from './port-pair.ts';

const scratch = scratchFolder();
let pair: PortPair;
afterEach(() => pair.close());

describe('preparing', () => {
  it('plans from the facts, asks what it takes, and queues exactly that work', async () => {
    const calls: string[] = [];
    const operation: FakeOperation = (name, input) => {
      calls.push(name);
      if (name === 'preflightFacts') return Promise.resolve(factsWith({ format: 'qcow2' }));
      if (name === 'planPreparation') return Promise.resolve({ fits: true });
      return Promise.resolve({ cloud: 'azure', files: [], documents: [], input });
    };
    pair = createPortPair(scratch, { operation });
    const { preparation } = pair.client;
    const request = { source: { path: '/images/../images/disk' }, cloud: 'azure', outputFolder: '/out' };
    const plan = await preparation.plan(request);
    expect(plan).toMatchObject({
      before: { verdict: 'fixable' },
      after: { verdict: 'ready' },
      forecast: { fits: true },
    });
    expect(plan.work.outputs[0]).toMatchObject({
      source: { path: '/images/disk' },
      fileName: 'disk-azure.vhd',
    });
    const job = await preparation.start(request);
    expect(job.work).toEqual({ kind: 'prepare', request: plan.work });
    expect(inWords(job.title)).toBe('Prepare disk for Microsoft Azure');
    expect(calls.slice(0, 2)).toEqual(['preflightFacts', 'planPreparation']);
    // What is written where is never the window's word.
    const start = pair.client.jobs.start as unknown as (work: unknown) => Promise<unknown>;
    expect(await failureOf(start(job.work))).toMatchObject({ code: 'input.invalid' });
    expect(await failureOf(preparation.start({ ...request, cloud: 'nowhere' }))).toMatchObject({
      code: 'input.invalid',
    });
  });

  it('keeps metadata under a name', async () => {
    pair = createPortPair(scratch, { operation: () => Promise.resolve(null) });
    const { preparation } = pair.client;
    await preparation.savePreset({ cloud: 'openstack', name: ' servers ', values: { os_type: 'linux' } });
    expect(await preparation.presets({ cloud: 'openstack' })).toEqual([
      { cloud: 'openstack', name: 'servers', values: { os_type: 'linux' } },
    ]);
    await preparation.removePreset({ cloud: 'openstack', name: 'servers' });
    expect(await preparation.presets({ cloud: 'openstack' })).toEqual([]);
  });
});
