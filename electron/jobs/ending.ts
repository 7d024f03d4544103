/** What becomes of a job whose operation failed or was stopped. */
import type { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { JobEnd } from '../catalogue/jobs.ts';

/**
 * Who stopped it: somebody who did not want it any more, Platter itself on its way out, or Platter for a moment, since it
 * shall go on under other limits.
 */
export type StopReason = 'by-user' | 'by-closing' | 'to-restart';

export type Ending = Pick<JobEnd, 'state' | 'outcome' | 'failure'>;

/** What an operation's failure makes of its job. A job that fails for another reason while it is stopped has failed. */
export function endAfter(failure: Failure, stopped: StopReason | null): Ending {
  const gaveUp = failure.code === 'operation.cancelled' || failure.code === 'operation.interrupted';
  if (gaveUp && stopped === 'by-user') return { state: 'cancelled', outcome: null, failure: null };
  if (gaveUp && stopped === 'by-closing') {
    return {
      state: 'interrupted',
      outcome: null,
      failure: { code: 'operation.interrupted', details: { reason: inEnglish('Platter was closed') } },
    };
  }
  const state = failure.code === 'operation.interrupted' ? 'interrupted' : 'failed';
  return { state, outcome: null, failure: failure.toData() };
}
