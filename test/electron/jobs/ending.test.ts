import { describe, expect, it } from 'vitest';
import { Failure } from '#shared/failure.ts';
import { endAfter } from '../../../electron/jobs/ending.ts';

const cancelled = new Failure('operation.cancelled', {});
const interrupted = new Failure('operation.interrupted', { reason: 'the thread ended' });
const full = new Failure('io.no-space', { path: '/out' });

describe('endAfter', () => {
  it('is cancelled when somebody stopped it, however the thread took it', () => {
    for (const failure of [cancelled, interrupted]) {
      expect(endAfter(failure, 'by-user')).toEqual({ state: 'cancelled', outcome: null, failure: null });
    }
  });

  it('is interrupted when Platter was closed', () => {
    for (const failure of [cancelled, interrupted]) {
      expect(endAfter(failure, 'by-closing')).toMatchObject({
        state: 'interrupted',
        failure: { code: 'operation.interrupted', details: { reason: 'Platter was closed' } },
      });
    }
  });

  it('is interrupted when the thread died', () => {
    expect(endAfter(interrupted, null)).toEqual({
      state: 'interrupted',
      outcome: null,
      failure: interrupted.toData(),
    });
  });

  it('has failed for any other reason, stopped or not', () => {
    for (const stopped of [null, 'by-user', 'by-closing'] as const) {
      expect(endAfter(full, stopped)).toEqual({ state: 'failed', outcome: null, failure: full.toData() });
    }
    expect(endAfter(cancelled, null).state).toBe('failed');
  });
});
