import type { BrowserWindow } from 'electron';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { unlimited, type Job } from '../../../shared/domain/job.ts';

interface Shown {
  readonly title: string;
  readonly body: string;
  click(): void;
}
const shown = vi.hoisted(() => [] as Shown[]);
vi.mock('electron', () => ({
  Notification: class {
    static isSupported = () => true;
    readonly #text: { title: string; body: string };
    readonly #handlers = new Map<string, () => void>();
    constructor(text: { title: string; body: string }) {
      this.#text = text;
    }
    on(name: string, handler: () => void) {
      this.#handlers.set(name, handler);
    }
    show() {
      shown.push({ ...this.#text, click: () => this.#handlers.get('click')?.() });
    }
  },
}));
const { jobSignals, notifyOfBackgroundWork } = await import('../../../electron/shell/job-signals.ts');

function surroundings(focused: boolean | null) {
  const bars: unknown[][] = [];
  const clicks: number[] = [];
  const window = {
    isFocused: () => focused,
    setProgressBar: (...words: unknown[]) => bars.push(words),
  } as unknown as BrowserWindow;
  const watch = jobSignals({
    window: () => (focused === null ? null : window),
    showJob: (id) => clicks.push(id),
    idle: () => {},
  });
  return { bars, clicks, watch };
}

function job(change: Partial<Job>): Job {
  return {
    id: 1,
    title: 'Extract a.ova',
    group: null,
    place: 1,
    state: 'running',
    work: { kind: 'hash', request: { path: '/a' } },
    outcome: null,
    failure: null,
    progress: null,
    limits: unlimited,
    notes: [],
    resumable: false,
    notify: false,
    createdAt: '2030-01-01T00:00:00.000Z',
    startedAt: '2030-01-01T00:00:00.000Z',
    endedAt: null,
    ...change,
  };
}

const afterLong = { endedAt: '2030-01-01T00:00:11.000Z' };

beforeEach(() => void shown.splice(0));

describe('a job that ends', () => {
  it.each([false, null])('is notified of when the window is not looked at (focused: %s)', (focused) => {
    const { watch, clicks } = surroundings(focused);
    watch.receive({ kind: 'changed', job: job({}) });
    watch.receive({ kind: 'changed', job: job({ state: 'done', ...afterLong }) });
    expect(shown).toHaveLength(1);
    expect(shown[0]!.body).toBe('Extract a.ova');
    shown[0]!.click();
    expect(clicks).toEqual([1]);
  });

  it('says why it failed, in the words of the window', () => {
    const { watch } = surroundings(false);
    const failure = { code: 'io.no-space', details: { path: '/out/a.qcow2' } } as const;
    watch.receive({ kind: 'changed', job: job({}) });
    watch.receive({ kind: 'changed', job: job({ state: 'failed', failure, ...afterLong }) });
    expect(shown[0]!.title).toBe('Extract a.ova failed');
    expect(shown[0]!.body).toContain('/out/a.qcow2');
  });

  it('is not notified of when it was short, or the window is looked at', () => {
    const unseen = surroundings(false).watch;
    unseen.receive({ kind: 'changed', job: job({}) });
    unseen.receive({ kind: 'changed', job: job({ state: 'done', endedAt: '2030-01-01T00:00:09.000Z' }) });
    const seen = surroundings(true).watch;
    seen.receive({ kind: 'changed', job: job({}) });
    seen.receive({ kind: 'changed', job: job({ state: 'done', ...afterLong }) });
    expect(shown).toEqual([]);
  });
});

describe('a job whose end somebody asked to be told of', () => {
  const short = { notify: true, endedAt: '2030-01-01T00:00:01.000Z' };

  it('is notified of even when it was short and the window is looked at, and a click shows it', () => {
    const { watch, clicks } = surroundings(true);
    watch.receive({ kind: 'changed', job: job({ id: 7 }) });
    watch.receive({ kind: 'changed', job: job({ id: 7, state: 'done', ...short }) });
    expect(shown.map(({ body }) => body)).toEqual(['Extract a.ova']);
    shown[0]!.click();
    expect(clicks).toEqual([7]);
  });

  it('is notified of by itself in a group, which goes on', () => {
    const { watch } = surroundings(true);
    const group = { id: 3, title: 'Convert 2 images' };
    for (const id of [1, 2]) watch.receive({ kind: 'changed', job: job({ id, group }) });
    watch.receive({ kind: 'changed', job: job({ id: 1, group, state: 'done', ...short }) });
    expect(shown).toHaveLength(1);
  });

  it('is not notified of when the person stopped it', () => {
    const { watch } = surroundings(true);
    watch.receive({ kind: 'changed', job: job({}) });
    watch.receive({ kind: 'changed', job: job({ state: 'cancelled', ...short }) });
    expect(shown).toEqual([]);
  });
});

describe('the bar on the taskbar', () => {
  it('is busy, then fills, then goes', () => {
    const { watch, bars } = surroundings(true);
    const progress = {
      phase: 'hashing',
      item: null,
      doneBytes: 1,
      totalBytes: 4,
      earlierBytes: 0,
      laterBytes: 0,
      bytesPerSecond: null,
      secondsLeft: null,
    } as const;
    watch.receive({ kind: 'changed', job: job({}) });
    watch.receive({ kind: 'progressed', id: 1, progress });
    watch.receive({ kind: 'changed', job: job({ state: 'done', ...afterLong }) });
    expect(bars).toEqual([[2, { mode: 'indeterminate' }], [0.25, { mode: 'normal' }], [-1]]);
  });
});

describe('work without a window', () => {
  it('is told of', () => {
    notifyOfBackgroundWork(1, () => {});
    notifyOfBackgroundWork(3, () => {});
    expect(shown.map(({ body }) => body.split(' still')[0])).toEqual(['One job is', '3 jobs are']);
  });
});
