import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const system = vi.hoisted(() => ({
  handlers: new Map<string, (event: { preventDefault(): void }) => void>(),
  windows: [] as object[],
  quits: 0,
  questions: 0,
  answer: 0,
}));
vi.mock('electron', () => ({
  app: {
    on: (name: string, handler: () => void) => system.handlers.set(name, handler),
    quit: () => {
      system.quits += 1;
    },
  },
  BrowserWindow: { getAllWindows: () => system.windows },
  dialog: {
    showMessageBox: () => {
      system.questions += 1;
      return Promise.resolve({ response: system.answer });
    },
  },
}));
const { Lifecycle } = await import('../../../electron/shell/lifecycle.ts');

const keepRunning = 0;
const stopAndQuit = 1;

/** A Lifecycle whose surroundings can be told what to be; `signals` stands for the process. */
function lifecycle() {
  const state = { jobs: 0, background: 0, closed: 0, closing: Promise.resolve(), log: [] as string[] };
  const signals = new EventEmitter();
  vi.spyOn(process, 'on').mockImplementation((name, handler) => {
    signals.on(String(name), handler);
    return process;
  });
  const made = new Lifecycle({
    runningJobs: () => state.jobs,
    wentToBackground: (jobCount) => {
      state.background = jobCount;
    },
    close: () => {
      state.closed += 1;
      return state.closing;
    },
    log: (line) => state.log.push(line),
  });
  const emit = async (name: string): Promise<boolean> => {
    let prevented = false;
    system.handlers.get(name)?.({ preventDefault: () => (prevented = true) });
    await vi.advanceTimersByTimeAsync(0);
    return prevented;
  };
  return { state, made, emit, signals };
}

beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(system, { windows: [{}], quits: 0, questions: 0, answer: keepRunning });
});
afterEach(() => void vi.useRealTimers());

describe('quitting', () => {
  it('closes first, once, and then lets the system end the process', async () => {
    const { state, emit } = lifecycle();
    expect(await emit('before-quit')).toBe(true);
    expect(state.closed).toBe(1);
    expect(system).toMatchObject({ quits: 1, questions: 0 });
    expect(await emit('before-quit')).toBe(false);
    expect(state.closed).toBe(1);
  });

  it('asks while jobs run, and stays when told to', async () => {
    const { state, emit } = lifecycle();
    state.jobs = 2;
    expect(await emit('before-quit')).toBe(true);
    expect(system).toMatchObject({ quits: 0, questions: 1 });
    expect(state.closed).toBe(0);
    system.answer = stopAndQuit;
    await emit('before-quit');
    expect(system).toMatchObject({ quits: 1, questions: 2 });
    expect(state.closed).toBe(1);
  });

  it('asks nobody after a signal', async () => {
    const { state, signals } = lifecycle();
    state.jobs = 1;
    signals.emit('SIGTERM');
    signals.emit('SIGTERM');
    await vi.advanceTimersByTimeAsync(0);
    expect(system).toMatchObject({ quits: 1, questions: 0 });
    expect(state.closed).toBe(1);
  });

  it('does not wait for ever, nor stumble over an error', async () => {
    const hanging = lifecycle();
    hanging.state.closing = new Promise(() => {});
    await hanging.emit('before-quit');
    expect(system.quits).toBe(0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(system.quits).toBe(1);
    expect(hanging.state.log).toHaveLength(1);

    const failing = lifecycle();
    failing.state.closing = Promise.reject(new Error('disk gone'));
    await failing.emit('before-quit');
    expect(system.quits).toBe(2);
    expect(failing.state.log[0]).toContain('disk gone');
  });
});

describe.skipIf(process.platform === 'darwin')('without a window', () => {
  it('ends when no job runs', async () => {
    const { emit } = lifecycle();
    system.windows = [];
    await emit('window-all-closed');
    expect(system.quits).toBe(1);
  });

  it('stays while jobs run, and ends a while after the last one', async () => {
    const { state, made, emit } = lifecycle();
    system.windows = [];
    state.jobs = 3;
    await emit('window-all-closed');
    expect(system.quits).toBe(0);
    expect(state.background).toBe(3);
    state.jobs = 0;
    made.idle();
    await vi.advanceTimersByTimeAsync(5000);
    expect(system.quits).toBe(0);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(system.quits).toBe(1);
  });

  it('stays when it has a window again, or a new job', async () => {
    const { state, made } = lifecycle();
    made.idle();
    await vi.advanceTimersByTimeAsync(300_000);
    system.windows = [];
    state.jobs = 1;
    made.idle();
    await vi.advanceTimersByTimeAsync(300_000);
    expect(system.quits).toBe(0);
  });
});
