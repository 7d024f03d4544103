// Starts the real OpenStack Swift of Debian's packages as an S3 on a loopback port, with all its state in one folder.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';
import {
  endService,
  freePorts,
  serviceAnswers,
  startMilliseconds,
  startService,
  tailOf,
} from '../services.ts';
import { toolPath, type ToolName } from '../tool-paths.ts';

export interface RealS3 {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Lets a bucket take no more than so many bytes. */
  limit(bucket: string, bytes: number): Promise<void>;
  stop(): Promise<void>;
}

/** What describeWith() is to ask for. */
export const swiftTools = [
  'swift-ring-builder',
  'swift-proxy-server',
  'swift-account-server',
  'swift-container-server',
  'swift-object-server',
] as const satisfies readonly ToolName[];

const region = 'test-region';
/** Of tempauth's user test:tester. */
const account = 'AUTH_test';
const partitionPower = 4;
const rings = ['account', 'container', 'object'] as const;

export async function startSwift(): Promise<RealS3> {
  const folder = mkdtempSync(join(tmpdir(), 'platter-swift-'));
  mkdirSync(join(folder, 'srv', 'd1'), { recursive: true });
  const [proxyPort, ...storagePorts] = await freePorts(1 + rings.length);
  const builder = toolPath('swift-ring-builder')!;
  const stores = await Promise.all(
    rings.map(async (ring, index) => {
      const port = storagePorts[index]!;
      const run = (...words: readonly string[]): Promise<string> =>
        runCommand(builder, [`${ring}.builder`, ...words], { cwd: folder, timeoutMs: startMilliseconds });
      await run('create', String(partitionPower), '1', '0');
      await run('add', `r1z1-127.0.0.1:${port}/d1`, '1');
      await run('rebalance');
      const path = join(folder, `${ring}.conf`);
      writeFileSync(path, storeConfiguration(folder, ring, port));
      return { program: toolPath(`swift-${ring}-server`)!, path, log: join(folder, `${ring}.out`), port };
    }),
  );
  const proxy = join(folder, 'proxy.conf');
  writeFileSync(proxy, proxyConfiguration(folder, proxyPort!));
  const children = stores.map(({ program, path, log }) => startService(log, program, [path]));
  const stop = async (): Promise<void> => {
    await Promise.all(children.map(endService));
    rmSync(folder, { recursive: true, force: true });
  };
  const endpoint = `http://127.0.0.1:${proxyPort}`;
  try {
    // The proxy shuns for a minute what did not answer it once.
    await Promise.all(stores.map(({ port }) => serviceAnswers(`http://127.0.0.1:${port}/`, children)));
    children.push(startService(join(folder, 'proxy.out'), toolPath('swift-proxy-server')!, [proxy]));
    await serviceAnswers(`${endpoint}/`, children);
  } catch (error) {
    const logs = [...rings, 'proxy'].map((name) => tailOf(join(folder, `${name}.out`)));
    await stop();
    throw new Error(`${String(error)}\n${logs.join('\n')}`, { cause: error });
  }
  const limit = (bucket: string, bytes: number): Promise<void> =>
    setQuota(storagePorts[rings.indexOf('container')]!, bucket, bytes);
  return { endpoint, region, accessKeyId: 'test:tester', secretAccessKey: 'testing', limit, stop };
}

/**
 * Told to the server that keeps the containers, by itself: a token would take a memcache. Parts of an object lie in a bucket of
 * their own, which is made here where it is not there yet.
 */
async function setQuota(containerPort: number, bucket: string, bytes: number): Promise<void> {
  for (const name of [bucket, `${bucket}+segments`]) {
    const path = `/${account}/${name}`;
    const { prefix, suffix } = hashWords();
    const digest = createHash('md5').update(`${prefix}${path}${suffix}`).digest();
    const partition = digest.readUInt32BE() >>> (32 - partitionPower);
    const response = await fetch(`http://127.0.0.1:${containerPort}/d1/${partition}${encodeURI(path)}`, {
      method: 'PUT',
      headers: {
        'x-timestamp': (Date.now() / 1000).toFixed(5),
        'x-backend-storage-policy-index': '0',
        'x-container-meta-quota-bytes': String(bytes),
      },
    });
    if (!response.ok) throw new Error(`the quota of ${name}: HTTP ${response.status}`);
  }
}

/** What this machine's Swift hashes paths with. */
function hashWords(): { readonly prefix: string; readonly suffix: string } {
  const text = readFileSync('/etc/swift/swift.conf', 'utf8');
  const word = (end: string): string =>
    new RegExp(`^swift_hash_path_${end}\\s*=\\s*(.*?)\\s*$`, 'm').exec(text)?.[1] ?? '';
  return { prefix: word('prefix'), suffix: word('suffix') };
}

/**
 * On a busy machine a server would give up on another after half a second, and put off what a listing or a quota is to know:
 * nobody here catches up on that.
 */
const patience = `conn_timeout = 30
node_timeout = 60
container_update_timeout = 60`;

function storeConfiguration(folder: string, ring: string, port: number): string {
  return `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${userInfo().username}
swift_dir = ${folder}
devices = ${join(folder, 'srv')}
mount_check = false
${patience}
[pipeline:main]
pipeline = ${ring}-server
[app:${ring}-server]
use = egg:swift#${ring}
`;
}

function proxyConfiguration(folder: string, port: number): string {
  return `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${userInfo().username}
swift_dir = ${folder}
[pipeline:main]
pipeline = catch_errors gatekeeper listing_formats cache s3api tempauth container_quotas slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
${patience}
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:s3api]
use = egg:swift#s3api
location = ${region}
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
user_test_reader = reading
[filter:container_quotas]
use = egg:swift#container_quotas
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
`;
}
