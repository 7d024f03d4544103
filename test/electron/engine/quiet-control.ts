/** A Control for tests: records what an operation reports, cancels when told. */
import type { JobNote } from '#shared/domain/job.ts';
import type { Control, Journal } from '#engine/control.ts';
import { Failure } from '#shared/failure.ts';
import { threadBundles } from '../../setup/thread-bundles.ts';

export interface QuietControl extends Control {
  /** The phases begun, with their totals and what was done of each. */
  readonly phases: { phase: string; item: string | undefined; totalBytes: number; doneBytes: number }[];
  /** Partial files that were created and not reported gone. */
  readonly partials: Set<string>;
  /** The work that was said to be ahead when each phase began, with that of the phase. */
  readonly expected: number[];
  readonly notes: JobNote[];
  /** Asks for a checkpoint and a stop, as a person does who closes Platter. */
  suspend(): void;
  cancel(): void;
}

/** `cancelAfterBytes` cancels once that much progress has been made in a phase. */
export function quietControl(
  workers = 0,
  cancelAfterBytes = Number.POSITIVE_INFINITY,
  journal: Journal | null = null,
): QuietControl {
  let cancelled = false;
  let suspended = false;
  let beforeHalting: (() => void) | null = null;
  const phases: QuietControl['phases'] = [];
  const partials = new Set<string>();
  const expected: number[] = [];
  const notes: JobNote[] = [];
  return {
    workers,
    computerEntry: threadBundles.computer,
    phases,
    partials,
    expected,
    notes,
    journal,
    lowPriority: false,
    beforeHalting: (work) => void (beforeHalting = work),
    suspend: () => (suspended = true),
    cancel: () => (cancelled = true),
    throwIfCancelled() {
      if (suspended) beforeHalting?.();
      if (suspended) throw new Failure('operation.interrupted', { reason: 'it was put off' });
      if (cancelled) throw new Failure('operation.cancelled', {});
    },
    begin: (phase, totalBytes, item, doneBytes = 0) =>
      void phases.push({ phase, item, totalBytes, doneBytes }),
    expect: (laterBytes) => void expected.push(laterBytes),
    note: (note) => void notes.push(note),
    advance(bytes) {
      const phase = phases[phases.length - 1]!;
      phase.doneBytes += bytes;
      if (phase.doneBytes >= cancelAfterBytes) cancelled = true;
    },
    partialCreated: (path) => void partials.add(path),
    partialGone: (path) => void partials.delete(path),
  };
}
