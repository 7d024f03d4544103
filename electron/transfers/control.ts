/** What work with a cloud gets from whoever runs it, besides what any operation gets. */
import type { CloudObjectChange, CloudPermission } from '#shared/domain/cloud-image.ts';
import { Failure } from '#shared/failure.ts';
import type { Control } from '#engine/control.ts';

export interface TransferControl extends Control {
  /** Tells of something that is made in a cloud; returns when that is on record. */
  cloudObject(change: CloudObjectChange): void;
  /** Whether keepPermission() does anything. */
  readonly keepsPermissions: boolean;
  /** What an earlier run kept by keepPermission(); null for none. */
  readonly permission: CloudPermission | null;
  /** Has it kept for another run of the same job, in place of any other; null: forgotten. Returns when that is so. */
  keepPermission(permission: CloudPermission | null): void;
}

const lookMilliseconds = 100;

/**
 * Runs `work` with a signal that is aborted once the work is cancelled or put off: waiting for a cloud is no loop that could
 * look by itself. @throws Failure of the work, or `operation.*`.
 */
export async function abortable<T>(control: Control, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const aborting = new AbortController();
  const timer = setInterval(() => {
    try {
      control.throwIfCancelled();
    } catch (error) {
      aborting.abort(error);
    }
  }, lookMilliseconds);
  try {
    return await work(aborting.signal);
  } catch (error) {
    aborting.signal.throwIfAborted();
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** Sleeps. @throws what `signal` is aborted with. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const wake = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    const stop = (): void => {
      clearTimeout(wake);
      reject(Failure.from(signal.reason));
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}
