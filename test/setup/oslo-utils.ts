// Finds the real oslo.utils with its format inspector: Debian 13's package, unpacked into the cache, nothing installed.
import { mkdir, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { cachedFolder, testCacheFolder } from './cache-folder.ts';
import { runCommand } from './run-command.ts';
import { toolPath } from './tool-paths.ts';

const PACKAGE = 'python3-oslo.utils';
/** The Debian release whose package is new enough; Debian 12's has no inspector yet. */
const RELEASE = 'trixie';
const TIMEOUT_MS = 3 * 60_000;
const INSPECTOR = 'usr/lib/python3/dist-packages/oslo_utils/imageutils/format_inspector.py';

/**
 * The path of `format_inspector.py`; null where it cannot be had, which is said on stderr: it comes over the network from
 * another release than the machine's own, and that may be refused anywhere.
 */
export async function formatInspectorPath(): Promise<string | null> {
  if (process.platform !== 'linux' || toolPath('python3') === null) return skipped('no python3 on Linux');
  try {
    const folder = await cachedFolder({
      folder: join(testCacheFolder(), `oslo-utils-${RELEASE}`),
      proof: INSPECTOR,
      timeoutMs: TIMEOUT_MS,
      build: fetchPackage,
    });
    return join(folder, INSPECTOR);
  } catch (error) {
    return skipped((error as Error).message.split('\n', 1)[0]!);
  }
}

function skipped(reason: string): null {
  process.stderr.write(`skipped: the real oslo.utils (${PACKAGE} of Debian ${RELEASE}): ${reason}\n`);
  return null;
}

/** Through apt, which proves the package's signature, with lists and caches of its own. */
async function fetchPackage(folder: string): Promise<void> {
  const apt = join(folder, 'apt');
  await mkdir(join(apt, 'lists/partial'), { recursive: true });
  await mkdir(join(apt, 'cache/archives/partial'), { recursive: true });
  await writeFile(join(apt, 'sources.list'), `deb http://deb.debian.org/debian ${RELEASE} main\n`);
  const options = [
    `Dir::Etc::sourcelist=${join(apt, 'sources.list')}`,
    'Dir::Etc::sourceparts=-',
    `Dir::State::lists=${join(apt, 'lists')}`,
    `Dir::Cache=${join(apt, 'cache')}`,
    'APT::Sandbox::User=',
  ].flatMap((option) => ['-o', option]);
  const run = (command: string, args: readonly string[]): Promise<string> =>
    runCommand(command, args, { timeoutMs: TIMEOUT_MS, cwd: folder });
  await run('apt-get', [...options, '--quiet', '--quiet', 'update']);
  await run('apt-get', [...options, '--quiet', '--quiet', 'download', PACKAGE]);
  const archive = readdirSync(folder).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error(`apt-get downloaded no ${PACKAGE}`);
  await run('dpkg-deb', ['--extract', archive, folder]);
}
