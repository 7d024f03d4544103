/** The contract to be implemented, with every error turned into its one typed error. */
import { implement, ORPCError } from '@orpc/server';
import { ValidationError } from '@orpc/contract';
import { contract } from '#shared/contract/app.ts';
import { Failure } from '#shared/failure.ts';
import type { Log } from '../catalogue/database.ts';

/** The contract's procedures, ready for their handlers. */
export function createImplementer(log: Log) {
  return implement(contract).use(async ({ next, path, signal }) => {
    try {
      return await next();
    } catch (error) {
      // Nobody waits for the answer any more; what breaks off then is no mistake.
      const failure = signal?.aborted ? new Failure('operation.cancelled', {}, error) : failureOf(error);
      if (failure.code === 'internal') log(`${path.join('.')}: ${describe(failure.cause ?? failure)}`);
      throw new ORPCError('FAILURE', { defined: true, data: failure.toData() });
    }
  });
}
export type Implementer = ReturnType<typeof createImplementer>;

function failureOf(error: unknown): Failure {
  if (error instanceof ORPCError && error.cause instanceof ValidationError) {
    const issues = error.cause.issues.map((issue) => `${placeOf(issue.path)}${issue.message}`);
    return new Failure('input.invalid', { problem: issues.join('; ') });
  }
  return Failure.from(error);
}

function placeOf(path: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined): string {
  const keys = (path ?? []).map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  return keys.length === 0 ? '' : `${keys.join('.')}: `;
}

/** With its stack: this goes to the log, never to the window. */
function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
