import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '#shared/domain/app.ts';
import { scratchFolder } from '../engine/scratch.ts';
import { createPortPair, failureOf, type PortPair } from './port-pair.ts';

const scratch = scratchFolder();
let pair: PortPair;
beforeEach(() => {
  pair = createPortPair(scratch);
});
afterEach(() => pair.close());

describe('settings', () => {
  it('are changed one by one and kept over a restart', async () => {
    const { client } = pair;
    expect(await client.settings.get()).toEqual(defaultSettings);
    await client.settings.change({ theme: 'dark' });
    const changed = { ...defaultSettings, theme: 'dark', outputFolder: '/out' };
    expect(await client.settings.change({ outputFolder: '/x/../out' })).toEqual(changed);
    const { home } = pair;
    await pair.close();
    pair = createPortPair(scratch, { home });
    expect(await pair.client.settings.get()).toEqual(changed);
    expect(await pair.client.settings.change({ outputFolder: null })).toEqual({
      ...changed,
      outputFolder: null,
    });
  });

  it('refuse what makes no sense', async () => {
    const call = pair.client.settings.change({ theme: 'purple' as never });
    expect((await failureOf(call)).code).toBe('input.invalid');
    expect(await pair.client.settings.get()).toEqual(defaultSettings);
  });
});
