import { beforeEach, describe, expect, it, vi } from 'vitest';

interface PortEvent {
  readonly ports: readonly FakePort[];
  readonly senderFrame: { readonly url: string; readonly parent: object | null } | null;
}
const listeners = vi.hoisted(() => new Map<string, (event: PortEvent) => void>());
vi.mock('electron', () => ({
  ipcMain: {
    on: (channel: string, listener: (event: PortEvent) => void) => listeners.set(channel, listener),
  },
}));
const { acceptPorts } = await import('../../../electron/shell/ports.ts');
const { builtPage } = await import('../../../electron/shell/page.ts');

class FakePort {
  state: 'new' | 'started' | 'closed' = 'new';
  start(): void {
    this.state = 'started';
  }
  close(): void {
    this.state = 'closed';
  }
}

const ownFrame = { url: 'app://platter/index.html', parent: null };
let connected: unknown[];
const send = (event: PortEvent): void => listeners.get('platter:port')!(event);

beforeEach(() => {
  connected = [];
  acceptPorts(builtPage, (port) => connected.push(port));
});

describe('a port', () => {
  it('of the page is connected, then started', () => {
    const port = new FakePort();
    send({ ports: [port], senderFrame: ownFrame });
    expect(connected).toEqual([port]);
    expect(port.state).toBe('started');
  });

  it.each([
    ['of another origin', { url: 'https://example.com/', parent: null }],
    ['of another host of the scheme', { url: 'app://platter.example/index.html', parent: null }],
    ['of a frame within the page', { url: 'app://platter/index.html', parent: ownFrame }],
    ['of an empty page', { url: 'about:blank', parent: null }],
    ['of a frame that is gone', null],
  ])('%s is closed', (_whose, senderFrame) => {
    const port = new FakePort();
    send({ ports: [port], senderFrame });
    expect(connected).toEqual([]);
    expect(port.state).toBe('closed');
  });

  it('comes alone: others with it are closed, and none is no error', () => {
    const [first, second] = [new FakePort(), new FakePort()];
    send({ ports: [first, second], senderFrame: ownFrame });
    expect([first.state, second.state]).toEqual(['started', 'closed']);
    send({ ports: [], senderFrame: ownFrame });
    expect(connected).toEqual([first]);
  });
});
