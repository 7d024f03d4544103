import { describe, expect, it } from 'vitest';
import type { AppRequest } from '#shared/domain/app.ts';
import { Inbox } from '../../../electron/services/inbox.ts';

const open = (path: string): AppRequest => ({ kind: 'open', paths: [path] });

async function read(window: AsyncIterator<AppRequest>, count: number): Promise<AppRequest[]> {
  const requests: AppRequest[] = [];
  for (let index = 0; index < count; index++) requests.push((await window.next()).value as AppRequest);
  return requests;
}

describe('Inbox', () => {
  it('keeps what is asked before there is a window, in order', async () => {
    const inbox = new Inbox();
    inbox.put(open('/a'));
    inbox.put(open('/b'));
    const window = inbox.watch();
    inbox.put(open('/c'));
    expect(await read(window, 3)).toEqual([open('/a'), open('/b'), open('/c')]);
  });

  it('asks the newest window only', async () => {
    const inbox = new Inbox();
    const [older, newer] = [inbox.watch(), inbox.watch()];
    inbox.put(open('/a'));
    expect(newer.unread).toEqual([open('/a')]);
    expect(older.unread).toEqual([]);
    newer.end();
    inbox.put(open('/b'));
    expect(older.unread).toEqual([open('/a'), open('/b')]);
  });

  it('keeps what a window that went had not read', async () => {
    const inbox = new Inbox();
    const abort = new AbortController();
    const window = inbox.watch(abort.signal);
    inbox.put(open('/a'));
    inbox.put(open('/b'));
    await read(window, 1);
    abort.abort();
    expect(await read(inbox.watch(), 1)).toEqual([open('/b')]);
  });

  it('does not hand anything to a window that has gone already', () => {
    const inbox = new Inbox();
    inbox.put(open('/a'));
    inbox.watch(AbortSignal.abort());
    expect(inbox.watch().unread).toEqual([open('/a')]);
  });

  it('keeps no more than 64', () => {
    const inbox = new Inbox();
    for (let index = 0; index < 100; index++) inbox.put(open(`/${index}`));
    const { unread } = inbox.watch();
    expect(unread).toHaveLength(64);
    expect(unread[0]).toEqual(open('/36'));
  });
});
