// Starts azurite, Microsoft's own emulator of Azure's blobs, on a loopback port, with its state in memory.
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedFolder, testCacheFolder } from '../cache-folder.ts';
import { runCommand } from '../run-command.ts';

export interface Azurite {
  /** Of the account's blobs. */
  readonly endpoint: string;
  readonly account: string;
  readonly key: string;
  stop(): Promise<void>;
}

/** The account that azurite has unless told otherwise; both words are in its documentation. */
const account = 'devstoreaccount1';
const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

const version = (createRequire(import.meta.url)('./package.json') as { dependencies: { azurite: string } })
  .dependencies.azurite;
const installMilliseconds = 5 * 60_000;
const startMilliseconds = 60_000;

/** Installed once a machine, by a lock file of its own: it brings ten times the packages that Platter is built of. */
function installed(): Promise<string> {
  return cachedFolder({
    folder: join(testCacheFolder(), `azurite-${version}`),
    proof: 'node_modules/azurite/dist/src/blob/main.js',
    timeoutMs: installMilliseconds,
    async build(folder) {
      for (const name of ['package.json', 'package-lock.json']) {
        copyFileSync(fileURLToPath(new URL(name, import.meta.url)), join(folder, name));
      }
      const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
      await runCommand(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
        cwd: folder,
        timeoutMs: installMilliseconds,
      });
    },
  });
}

export async function startAzurite(): Promise<Azurite> {
  const program = join(await installed(), 'node_modules/azurite/dist/src/blob/main.js');
  const folder = mkdtempSync(join(tmpdir(), 'platter-azurite-'));
  const port = await freePort();
  const process_ = spawn(
    process.execPath,
    [
      program,
      ...['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', folder],
      ...['--silent', '--disableTelemetry', '--skipApiVersionCheck'],
    ],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const stop = async (): Promise<void> => {
    await ended(process_);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await listening(process_);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint: `http://127.0.0.1:${port}/${account}`, account, key, stop };
}

async function listening(azurite: ChildProcess): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`azurite ${why}: ${said}`));
    const timer = setTimeout(() => fail('does not start'), startMilliseconds);
    for (const stream of [azurite.stdout, azurite.stderr]) {
      stream?.on('data', (piece: Buffer) => {
        said += piece.toString();
        if (!said.includes('successfully listens')) return;
        clearTimeout(timer);
        resolve();
      });
    }
    azurite.on('exit', () => {
      clearTimeout(timer);
      fail('has ended');
    });
  });
}

async function ended(azurite: ChildProcess): Promise<void> {
  if (azurite.exitCode !== null || azurite.signalCode !== null) return;
  const gone = new Promise((resolve) => azurite.once('exit', resolve));
  azurite.kill('SIGKILL');
  await gone;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
