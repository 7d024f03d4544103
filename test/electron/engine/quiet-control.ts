/** A Control for tests: records what an operation reports, cancels when told. */
import type { Control } from '#engine/control.ts';
import { Failure } from '#shared/failure.ts';
import { threadBundles } from '../../setup/thread-bundles.ts';

export interface QuietControl extends Control {
  /** The phases begun, with their totals and what was done of each. */
  readonly phases: { phase: string; item: string | undefined; totalBytes: number; doneBytes: number }[];
  /** Partial files that were created and not reported gone. */
  readonly partials: Set<string>;
  cancel(): void;
}

/** `cancelAfterBytes` cancels once that much progress has been made in a phase. */
export function quietControl(workers = 0, cancelAfterBytes = Number.POSITIVE_INFINITY): QuietControl {
  let cancelled = false;
  const phases: QuietControl['phases'] = [];
  const partials = new Set<string>();
  return {
    workers,
    computerEntry: threadBundles.computer,
    phases,
    partials,
    cancel: () => (cancelled = true),
    throwIfCancelled() {
      if (cancelled) throw new Failure('operation.cancelled', {});
    },
    begin: (phase, totalBytes, item) => void phases.push({ phase, item, totalBytes, doneBytes: 0 }),
    advance(bytes) {
      const phase = phases[phases.length - 1]!;
      phase.doneBytes += bytes;
      if (phase.doneBytes >= cancelAfterBytes) cancelled = true;
    },
    partialCreated: (path) => void partials.add(path),
    partialGone: (path) => void partials.delete(path),
  };
}
