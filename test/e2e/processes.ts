/** Starting, waiting for and ending the programs under test, by their own process numbers. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Settles when the process has ended, also when it ended before. Throws after `timeoutMs`. */
export async function waitForEnd(child: ChildProcess, timeoutMs: number): Promise<Ended> {
  const ended = (): Ended | null =>
    child.exitCode === null && child.signalCode === null
      ? null
      : { exitCode: child.exitCode, signal: child.signalCode };
  const giveUpAt = Date.now() + timeoutMs;
  for (let end = ended(); ; end = ended()) {
    if (end !== null) return end;
    if (Date.now() > giveUpAt) throw new Error(`process ${child.pid} still runs after ${timeoutMs} ms`);
    await delay(20);
  }
}

/** Sends a signal as a terminal does: to the program and all that it started. It must have been spawned detached. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-child.pid!, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Asks the process to end, then ends it. */
export async function endProcess(child: ChildProcess, patienceMs: number): Promise<void> {
  child.kill('SIGTERM');
  await waitForEnd(child, patienceMs).catch(() => killProcess(child));
}

/** Ends the process at once, as a crash would. */
export async function killProcess(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await waitForEnd(child, 10_000);
}

/** Waits for a line on the process's output that matches, and returns the match. Throws when the process ends before. */
export function waitForLine(
  child: ChildProcess,
  stream: 'stdout' | 'stderr',
  pattern: RegExp,
  timeoutMs: number,
): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let text = '';
    const output = child[stream];
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      output?.off('data', read);
      child.off('close', closed);
      settle();
    };
    const read = (piece: Buffer): void => {
      text += piece.toString();
      const match = pattern.exec(text);
      if (match !== null) finish(() => resolve(match));
    };
    const closed = (): void =>
      finish(() => reject(new Error(`it ended without saying ${String(pattern)}: ${text}`)));
    const timer = setTimeout(
      () =>
        finish(() => reject(new Error(`it did not say ${String(pattern)} within ${timeoutMs} ms: ${text}`))),
      timeoutMs,
    );
    output?.on('data', read);
    child.on('close', closed);
  });
}
