// Starts the real Keystone and Glance of Debian's packages on loopback ports, with all their state in one folder.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { cachedFolder, testCacheFolder } from '../cache-folder.ts';
import { runCommand } from '../run-command.ts';
import {
  endService,
  freePorts,
  serviceAnswers,
  startMilliseconds,
  startService,
  tailOf,
} from '../services.ts';
import { toolPath } from '../tool-paths.ts';
import {
  adminPassword,
  glanceConfiguration,
  glancePaste,
  keystoneConfiguration,
  region,
  type Settings,
} from './configuration.ts';

export interface RealOpenStack {
  readonly authUrl: string;
  readonly imageUrl: string;
  readonly region: string;
  readonly password: string;
  readonly downloadPort: number;
  /** Runs the openstack client as the administrator; what it printed as JSON. */
  client(...words: readonly string[]): Promise<unknown>;
  /** What the openstack client takes from the environment, for scripts that call it. */
  readonly environment: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

export interface CloudOptions {
  readonly tokenSeconds?: number;
  readonly quotaBytes?: number;
}

/** The one that Debian's packages of Python modules are for; another may come first in PATH. */
const debianPython = '/usr/bin/python3';
const placeholderPorts = { keystonePort: 1, glancePort: 2, downloadPort: 3 };

/** Starts both; the databases with their users and services are made once a machine and copied. */
export async function startOpenStack(options: CloudOptions = {}): Promise<RealOpenStack> {
  const { tokenSeconds = 3600, quotaBytes = 4 << 30 } = options;
  const template = await cachedFolder({
    folder: join(testCacheFolder(), 'openstack-3'),
    proof: 'ready',
    timeoutMs: 3 * startMilliseconds,
    build: makeDatabases,
  });
  const folder = mkdtempSync(join(tmpdir(), 'platter-openstack-'));
  cpSync(template, folder, { recursive: true });
  const [keystonePort, glancePort, downloadPort] = await freePorts(3);
  const settings: Settings = {
    folder,
    keystonePort: keystonePort!,
    glancePort: glancePort!,
    downloadPort: downloadPort!,
    tokenSeconds,
    quotaBytes,
  };
  writeConfiguration(settings);
  const authUrl = `http://127.0.0.1:${keystonePort}/v3`;
  const imageUrl = `http://127.0.0.1:${glancePort}`;
  pointEndpoints(folder, authUrl, imageUrl);
  const children = [
    startService(join(folder, 'keystone.out'), debianPython, [
      fileURLToPath(new URL('serve-keystone.py', import.meta.url)),
      join(folder, 'keystone.conf'),
      String(keystonePort),
    ]),
    startService(join(folder, 'glance.out'), toolPath('glance-api')!, [
      '--config-file',
      join(folder, 'glance.conf'),
    ]),
  ];
  const stop = async (): Promise<void> => {
    await Promise.all(children.map(endService));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all([
      serviceAnswers(`${authUrl}/`, children),
      serviceAnswers(`${imageUrl}/versions`, children),
    ]);
  } catch (error) {
    const logs = ['keystone.out', 'glance.out', 'glance.log'].map((name) => tailOf(join(folder, name)));
    await stop();
    throw new Error(`${String(error)}\n${logs.join('\n')}`, { cause: error });
  }
  const environment = {
    ...process.env,
    OS_AUTH_URL: authUrl,
    OS_USERNAME: 'admin',
    OS_PASSWORD: adminPassword,
    OS_PROJECT_NAME: 'admin',
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: region,
    OS_IDENTITY_API_VERSION: '3',
  };
  return {
    authUrl,
    imageUrl,
    region,
    password: adminPassword,
    downloadPort: downloadPort!,
    environment,
    client: async (...words) => {
      const output = await runCommand(toolPath('openstack')!, [...words, '-f', 'json'], {
        timeoutMs: startMilliseconds,
        env: environment,
      });
      return JSON.parse(output.slice(output.search(/[[{]/))) as unknown;
    },
    stop,
  };
}

/** Fills the folder with both databases and Keystone's keys. */
async function makeDatabases(folder: string): Promise<void> {
  writeConfiguration({ ...placeholderPorts, folder, tokenSeconds: 3600, quotaBytes: 1 });
  const run = (command: string, args: readonly string[]): Promise<string> =>
    runCommand(command, args, { timeoutMs: startMilliseconds, cwd: folder });
  const keystone = toolPath('keystone-manage')!;
  const keystoneConfig = ['--config-file', join(folder, 'keystone.conf')];
  const who = userInfo();
  const owner = ['--keystone-user', String(who.uid), '--keystone-group', String(who.gid)];
  const glanceManage = (...words: readonly string[]): Promise<string> =>
    run(toolPath('glance-manage')!, ['--config-file', join(folder, 'glance.conf'), ...words]);
  // The metadata definitions that Debian's package brings.
  const glance = glanceManage('db_sync').then(() => glanceManage('db_load_metadefs', '/etc/glance/metadefs'));
  await run(keystone, [...keystoneConfig, 'db_sync']);
  await run(keystone, [...keystoneConfig, 'fernet_setup', ...owner]);
  await run(keystone, [...keystoneConfig, 'credential_setup', ...owner]);
  const urls = ['admin', 'internal', 'public'].flatMap((kind) => [
    `--bootstrap-${kind}-url`,
    'http://identity/',
  ]);
  const bootstrap = ['bootstrap', '--bootstrap-password', adminPassword, '--bootstrap-region-id', region];
  await run(keystone, [...keystoneConfig, ...bootstrap, ...urls]);
  await glance;
  writeFileSync(join(folder, 'ready'), '');
}

function writeConfiguration(settings: Settings): void {
  const { folder } = settings;
  for (const name of ['images', 'second', 'staging', 'tasks', 'locks', 'fernet', 'credential']) {
    mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
  }
  writeFileSync(join(folder, 'keystone.conf'), keystoneConfiguration(settings));
  writeFileSync(join(folder, 'glance.conf'), glanceConfiguration(settings));
  writeFileSync(join(folder, 'glance-paste.ini'), glancePaste);
}

/** Says in Keystone's own tables where the services are, which spares a start of its client for each. */
function pointEndpoints(folder: string, authUrl: string, imageUrl: string): void {
  const database = new Database(join(folder, 'keystone.db'));
  try {
    database.prepare('UPDATE endpoint SET url = ?').run(authUrl);
    database
      .prepare(
        `INSERT INTO service (id, type, enabled, extra) VALUES ('glance', 'image', 1, '{"name": "glance"}')`,
      )
      .run();
    const insert = database.prepare(
      `INSERT INTO endpoint (id, interface, region_id, service_id, url, enabled, extra)
       VALUES (?, ?, ?, 'glance', ?, 1, '{}')`,
    );
    for (const kind of ['public', 'internal']) insert.run(`glance-${kind}`, kind, region, imageUrl);
  } finally {
    database.close();
  }
}
