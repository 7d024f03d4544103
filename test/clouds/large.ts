// `npm run cloud:large -- --gib 2`: real data of that size goes to a real Glance and back; both digests and OpenStack's client must agree.
import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, openSync, closeSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { resolveOptions } from '#engine/operations/target.ts';
import { uploadImages } from '../../electron/transfers/openstack/upload.ts';
import { downloadImage } from '../../electron/transfers/openstack/download.ts';
import { uploads } from '../../electron/transfers/openstack/uploads.ts';
import { noise } from '../electron/engine/pattern.ts';
import { transferControl } from '../electron/transfers/transfer-control.ts';
import { adminAccess } from '../setup/openstack/access.ts';
import { startOpenStack } from '../setup/openstack/cloud.ts';

const pieceBytes = 16 << 20;

/** Noise of which no two MiB are alike, with its SHA-512. */
function writeNoise(path: string, sizeBytes: number): string {
  const hash = createHash('sha512');
  const file = openSync(path, 'wx');
  for (let at = 0; at < sizeBytes; at += pieceBytes) {
    const piece = noise(Math.min(pieceBytes, sizeBytes - at), 1 + at / pieceBytes);
    writeSync(file, piece, 0, piece.length, at);
    hash.update(piece);
  }
  closeSync(file);
  return hash.digest('hex');
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha512');
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
  return hash.digest('hex');
}

function require(holds: boolean, words: string): void {
  if (!holds) throw new Error(`not so: ${words}`);
  process.stdout.write(`${words}\n`);
}

const { values } = parseArgs({ options: { gib: { type: 'string', default: '2' } } });
const sizeBytes = Math.round(Number(values.gib) * 2 ** 30);
const folder = mkdtempSync(join(tmpdir(), 'platter-large-'));
const cloud = await startOpenStack({ quotaBytes: 4 * sizeBytes });
try {
  const path = join(folder, 'large.raw');
  const expected = writeNoise(path, sizeBytes);
  const access = adminAccess(cloud);
  const part = {
    role: 'image',
    name: 'large',
    source: { kind: 'file', reference: { path } },
    properties: {},
  } as const;
  const options = resolveOptions(uploads.options, { diskFormat: 'raw' }, 'OpenStack');
  const start = Date.now();
  const { images } = await uploadImages(
    { account: 'lab', options, parts: [part] },
    access,
    transferControl(),
  );
  const seconds = (Date.now() - start) / 1000;
  const image = images[0]!;
  require(image.verified?.digest ===
    expected, `${sizeBytes} bytes sent in ${seconds.toFixed(1)} s: Platter and Glance have the same sha512`);
  const shown = (await cloud.client('image', 'show', image.id)) as {
    readonly status: string;
    readonly size: number;
    readonly properties: Readonly<Record<string, string>>;
  };
  require(shown.status === 'active' &&
    shown.size === sizeBytes, `openstack image show: ${shown.status}, ${shown.size} bytes`);
  require(shown.properties['os_hash_value'] ===
    expected, `openstack image show: os_hash_value ${expected.slice(0, 16)}…`);
  const outputPath = join(folder, 'back.raw');
  const back = await downloadImage({ account: 'lab', image, outputPath }, access, transferControl());
  require(back.verified?.digest === expected &&
    (await digestOf(outputPath)) === expected, 'downloaded again: the same bytes');
} finally {
  await cloud.stop();
  rmSync(folder, { recursive: true, force: true });
}
