/** Starting Platter so that file permissions hold for it, also where the tests run as root. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Places } from './places.ts';
import { electronExecutable } from './electron-host.ts';

/** The abilities by which root passes over permissions (capabilities(7)). */
const overriding = '-dac_override,-dac_read_search';

/**
 * A program that starts the Electron of the tests, or the command that follows it, without root's ability to read and
 * write everything.
 */
export function unprivilegedLauncher(places: Places, host: 'electron' | 'chromium'): string {
  const path = join(places.root, 'without-override');
  const drop =
    process.getuid?.() === 0 ? `setpriv --bounding-set=${overriding} --inh-caps=${overriding} ` : '';
  const program = host === 'electron' ? `'${electronExecutable()}' ` : '';
  writeFileSync(path, `#!/bin/sh\nexec ${drop}${program}"$@"\n`);
  chmodSync(path, 0o755);
  return path;
}
