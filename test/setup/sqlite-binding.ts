// Compiles better-sqlite3 for runtimes with Node-API 8 and puts the result where its loader looks before its own prebuilds.
import { createHash } from 'node:crypto';
import { access, copyFile, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { cachedFolder, testCacheFolder } from './cache-folder.ts';
import { runCommand } from './run-command.ts';
import { applyEdits, nodeApi8Edits } from './sqlite-node-api-8.ts';

const SUPPORTED_VERSION = '13.2.0';
/** About 100 s on two cores; a busy machine gets several times that. */
const COMPILE_TIMEOUT_MS = 10 * 60_000;
const TRY_TIMEOUT_MS = 60_000;
const FIRST_ELECTRON_WITH_NODE_API_10 = 36;

const requireFromHere = createRequire(import.meta.url);

/** Whether an Electron of this version (`25.1.1`) cannot load better-sqlite3's prebuilt binary. */
export function needsOwnSqliteBinding(electronVersion: string): boolean {
  const major = Number.parseInt(electronVersion, 10);
  if (!Number.isInteger(major)) throw new Error(`not an Electron version: ${electronVersion}`);
  return major < FIRST_ELECTRON_WITH_NODE_API_10;
}

function packageFolder(name: string): string {
  return dirname(requireFromHere.resolve(`${name}/package.json`));
}

/**
 * The folder whose `include/node` has Node's headers, or `null` to let node-gyp fetch them. Which Node they are of does not
 * matter: Node-API's declarations only grow.
 */
async function headersFolder(): Promise<string | null> {
  const besideNode = (process.env['PATH'] ?? '').split(':').map((folder) => dirname(folder));
  for (const folder of [process.env['npm_config_nodedir'], ...besideNode, '/usr/local', '/usr']) {
    if (!folder) continue;
    const complete = await Promise.all(
      ['node_api.h', 'common.gypi'].map((file) => access(join(folder, 'include/node', file))),
    ).catch(() => null);
    if (complete !== null) return folder;
  }
  return null;
}

async function compile(source: string): Promise<string> {
  const headers = await headersFolder();
  const gyp = join(packageFolder('node-gyp'), 'bin/node-gyp.js');
  const args = [gyp, 'rebuild', '--release', '--force_build=1'];
  if (headers !== null) args.push(`--nodedir=${headers}`);
  try {
    await runCommand(process.execPath, args, { cwd: source, timeoutMs: COMPILE_TIMEOUT_MS });
  } catch (error) {
    const hint = headers === null ? ' (no Node headers here: Debian has them in libnode-dev)' : '';
    throw new Error(`better-sqlite3 does not compile${hint}: ${(error as Error).message}`, { cause: error });
  }
  return join(source, 'build/Release/better_sqlite3.node');
}

/** What a binding has to do before it is kept. */
const TRIAL = `
  const [, packageFolder, nativeBinding] = process.argv;
  const database = new (require(packageFolder))(':memory:', { nativeBinding });
  database.exec("CREATE VIRTUAL TABLE words USING fts5(word); INSERT INTO words VALUES ('platter'), ('other')");
  const row = database.prepare('SELECT word FROM words WHERE words MATCH @wanted').get({ wanted: 'platter' });
  if (row.word !== 'platter') throw new Error('a full-text query answered ' + JSON.stringify(row));
  database.close();
`;

async function buildBinding(folder: string): Promise<void> {
  const original = packageFolder('better-sqlite3');
  const source = join(folder, 'source');
  await cp(original, source, {
    recursive: true,
    filter: (path) => !['build', 'prebuilds', 'node_modules'].includes(path.slice(original.length + 1)),
  });
  await applyEdits(source, nodeApi8Edits);
  await mkdir(join(source, 'node_modules'));
  await symlink(packageFolder('node-addon-api'), join(source, 'node_modules/node-addon-api'), 'junction');
  const binding = join(folder, 'better_sqlite3.node');
  await copyFile(await compile(source), binding);
  await runCommand(process.execPath, ['-e', TRIAL, original, binding], { timeoutMs: TRY_TIMEOUT_MS });
  await rm(source, { recursive: true });
}

async function cacheName(): Promise<string> {
  const manifest = requireFromHere('better-sqlite3/package.json') as { readonly version: string };
  if (manifest.version !== SUPPORTED_VERSION) {
    throw new Error(
      `the Node-API 8 change is written for better-sqlite3 ${SUPPORTED_VERSION}, not ${manifest.version}`,
    );
  }
  const edits = createHash('sha256').update(JSON.stringify(nodeApi8Edits)).digest('hex').slice(0, 8);
  return `better-sqlite3-${manifest.version}-${process.platform}-${process.arch}-napi8-${edits}`;
}

/** Renames a finished copy into place, so that a process which loads the binding right now never sees half of it. */
async function place(from: string, to: string): Promise<void> {
  const wanted = await readFile(from);
  const present = await readFile(to).catch(() => null);
  if (present !== null && present.equals(wanted)) return;
  await mkdir(dirname(to), { recursive: true });
  const beside = `${to}.${process.pid}`;
  await copyFile(from, beside);
  await rename(beside, to);
}

/**
 * Makes better-sqlite3 loadable on Node-API 8 (Electron before 36, Node before 22.14): compiles it once per version and
 * platform, keeps the binary in the test cache, and places it in the package's `build/Release`. Newer runtimes load that
 * same binary. Returns where it is. Throws when the source is not the expected version or does not compile.
 */
export async function ensureSqliteBinding(): Promise<{ path: string }> {
  const folder = await cachedFolder({
    folder: join(testCacheFolder(), await cacheName()),
    proof: 'better_sqlite3.node',
    timeoutMs: COMPILE_TIMEOUT_MS + TRY_TIMEOUT_MS,
    build: buildBinding,
  });
  const path = join(packageFolder('better-sqlite3'), 'build/Release/better_sqlite3.node');
  await place(join(folder, 'better_sqlite3.node'), path);
  return { path };
}
