/** The warnings of a package, each said once, however many of its parts give rise to it. */
import { isDeepStrictEqual } from 'node:util';

import type { Warning } from '#shared/domain/image.ts';

/** What is wrong a thousand times is wrong in one way. */
const warningLimit = 100;

/** Adds to `warnings` those that say something new, up to a limit. */
export function collector(warnings: Warning[]): (warning: Warning) => void {
  return (warning) => {
    const known = warnings.some(({ message }) => isDeepStrictEqual(message, warning.message));
    if (!known && warnings.length < warningLimit) warnings.push(warning);
  };
}
