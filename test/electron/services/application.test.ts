import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scratchFolder } from '../engine/scratch.ts';
import { createPortPair, type PortPair } from './port-pair.ts';

const scratch = scratchFolder();
let pair: PortPair;
beforeEach(() => {
  pair = createPortPair(scratch, { host: { host: 'web', reveal: () => Promise.resolve() } });
});
afterEach(() => pair.close());

describe('application.info', () => {
  it('tells what the host is and can do', async () => {
    expect(await pair.client.application.info()).toEqual({
      version: '1.2.3',
      host: 'web',
      platform: ['linux', 'darwin', 'win32'].includes(process.platform) ? process.platform : 'other',
      homeFolder: homedir(),
      libraryPath: join(pair.home, 'library.sqlite'),
      nativeDialogs: false,
      reveal: true,
      trash: false,
      drag: false,
    });
  });
});

describe('application.requests', () => {
  it('delivers what was asked before and after the window was there', async () => {
    pair.backend.inbox.put({ kind: 'open', paths: ['/a.ova'] });
    const requests = await pair.client.application.requests();
    expect(await requests.next()).toEqual({ done: false, value: { kind: 'open', paths: ['/a.ova'] } });
    pair.backend.inbox.put({ kind: 'command', id: 'jobs' });
    expect(await requests.next()).toEqual({ done: false, value: { kind: 'command', id: 'jobs' } });
  });
});
