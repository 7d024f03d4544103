/** How a command is run: its action's exit code becomes the program's. */
import type { ExitCode } from './session.ts';

/** Makes what commander calls of an action. */
export type Run = <A extends unknown[]>(
  action: (...values: A) => Promise<ExitCode>,
) => (...values: A) => Promise<void>;
