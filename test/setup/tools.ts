// Blocks of vitest tests that need an outside program: skipped with a line where it is missing, and failed on CI.
import { describe, it } from 'vitest';

import { describeMissing, isContinuousIntegration, type ToolName } from './tool-paths.ts';

export { debianPackageOf, needsTool, toolPath, type ToolName } from './tool-paths.ts';

/**
 * `describe` for tests that call one or several programs. Where one is missing, the block is skipped and its title and a
 * line on stderr say which; on CI it becomes one failing test instead.
 */
export function describeWith(tools: ToolName | readonly ToolName[], title: string, block: () => void): void {
  const missing = describeMissing(typeof tools === 'string' ? [tools] : tools);
  if (missing === null) {
    describe(title, block);
  } else if (isContinuousIntegration()) {
    describe(title, () => {
      it(missing, () => {
        throw new Error(missing);
      });
    });
  } else {
    process.stderr.write(`skipped: ${title}: ${missing}\n`);
    describe.skip(`${title} (${missing})`, block);
  }
}
