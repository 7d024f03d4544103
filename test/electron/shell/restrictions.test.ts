import { EventEmitter } from 'node:events';
import type { Session } from 'electron';
import { describe, expect, it, vi } from 'vitest';

const app = vi.hoisted(() => ({ created: (_event: object, _contents: object) => {} }));
vi.mock('electron', () => ({
  app: {
    on: (name: string, listener: typeof app.created) => {
      if (name === 'web-contents-created') app.created = listener;
    },
  },
}));
const { restrictContents, restrictSession } = await import('../../../electron/shell/restrictions.ts');
const { builtPage, pageAt } = await import('../../../electron/shell/page.ts');

function restrictedContents() {
  const opener = { decide: (_details: object): object => ({ action: 'allow' }) };
  const contents = Object.assign(new EventEmitter(), {
    setWindowOpenHandler: (handler: typeof opener.decide) => (opener.decide = handler),
  });
  restrictContents(builtPage);
  app.created({}, contents);
  const isPrevented = (name: string, ...words: unknown[]): boolean => {
    let prevented = false;
    contents.emit(name, { preventDefault: () => (prevented = true) }, ...words);
    return prevented;
  };
  return { opener, isPrevented };
}

describe('a page', () => {
  it('opens no window', () => {
    expect(restrictedContents().opener.decide({ url: 'app://platter/index.html' })).toEqual({
      action: 'deny',
    });
  });

  it.each(['https://example.com/', 'file:///etc/passwd', 'data:text/html,x', 'app://other/'])(
    'does not go to %s',
    (address) => expect(restrictedContents().isPrevented('will-navigate', address)).toBe(true),
  );

  it('may be loaded again', () => {
    expect(restrictedContents().isPrevented('will-navigate', 'app://platter/index.html')).toBe(false);
  });

  it('is not redirected, and embeds no other', () => {
    const { isPrevented } = restrictedContents();
    expect(isPrevented('will-redirect', 'app://platter/index.html')).toBe(true);
    expect(isPrevented('will-attach-webview')).toBe(true);
  });
});

type Details = { requestingUrl: string; isMainFrame: boolean };

function restrictedSession(page = builtPage) {
  const set = {} as {
    request(contents: null, permission: string, decide: (allowed: boolean) => void, details: Details): void;
    check(contents: null, permission: string, origin: string, details: Details): boolean;
    device(): boolean;
    load(details: { url: string }, decide: (answer: { cancel: boolean }) => void): void;
    spelling: boolean;
  };
  const events = new EventEmitter();
  const session = Object.assign(events, {
    setPermissionRequestHandler: (handler: typeof set.request) => (set.request = handler),
    setPermissionCheckHandler: (handler: typeof set.check) => (set.check = handler),
    setDevicePermissionHandler: (handler: typeof set.device) => (set.device = handler),
    setSpellCheckerEnabled: (enabled: boolean) => (set.spelling = enabled),
    webRequest: { onBeforeRequest: (handler: typeof set.load) => (set.load = handler) },
  });
  restrictSession(session as unknown as Session, page);
  const allowed = (permission: string, requestingUrl = 'app://platter/index.html', isMainFrame = true) => {
    let requested = true;
    const details = { requestingUrl, isMainFrame };
    set.request(null, permission, (answer) => (requested = answer), details);
    return [requested, set.check(null, permission, 'app://platter', details)];
  };
  const loads = (url: string): boolean => {
    let cancelled = true;
    set.load({ url }, ({ cancel }) => (cancelled = cancel));
    return !cancelled;
  };
  return { set, events, allowed, loads };
}

describe('the session', () => {
  it.each([
    ...['media', 'geolocation', 'notifications', 'midi', 'midiSysex', 'pointerLock', 'fullscreen'],
    ...['openExternal', 'clipboard-read', 'display-capture', 'hid', 'serial', 'usb', 'fileSystem', 'unknown'],
  ])('denies %s', (permission) => {
    expect(restrictedSession().allowed(permission)).toEqual([false, false]);
  });

  it('lets the page, and only the page, write to the clipboard', () => {
    const { allowed } = restrictedSession();
    expect(allowed('clipboard-sanitized-write')).toEqual([true, true]);
    expect(allowed('clipboard-sanitized-write', 'https://example.com/')).toEqual([false, false]);
    expect(allowed('clipboard-sanitized-write', 'app://platter/index.html', false)).toEqual([false, false]);
  });

  it('denies devices, downloads and the spelling service', () => {
    const { set, events } = restrictedSession();
    let prevented = false;
    events.emit('will-download', { preventDefault: () => (prevented = true) });
    expect(prevented).toBe(true);
    expect(set.device()).toBe(false);
    expect(set.spelling).toBe(false);
  });

  it('loads the page’s own files and nothing else', () => {
    const { loads } = restrictedSession();
    expect(loads('app://platter/assets/index.js')).toBe(true);
    for (const url of [
      'https://example.com/a.js',
      'file:///etc/passwd',
      'ws://127.0.0.1/',
      'app://other/a',
    ]) {
      expect(loads(url)).toBe(false);
    }
  });

  it('loads from the development server, and talks to it, only while developing', () => {
    const { loads } = restrictedSession(pageAt('http://127.0.0.1:5173/'));
    expect(loads('http://127.0.0.1:5173/main.ts')).toBe(true);
    expect(loads('ws://127.0.0.1:5173/?token=x')).toBe(true);
    expect(loads('ws://127.0.0.1:5174/')).toBe(false);
    expect(loads('app://platter/index.html')).toBe(false);
  });
});
