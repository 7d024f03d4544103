// Encrypted qcow2 images that qemu made: read with their passphrase to the bytes that were written.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it, vi } from 'vitest';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { Disk } from '#engine/disks/chain.ts';
import { folderGate } from '#engine/disks/gate.ts';
import { qcow2 } from '#engine/disks/qcow2/index.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { noise, prose, writeRawDisk } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { untilItWorks } from '../encryption/until-it-works.ts';
import { noReferences } from '../image-files.ts';
import { tiledExtents } from './whole-disk.ts';

// Programs are run, and keys are derived; a machine with other work takes its time.
vi.setConfig({ testTimeout: 60_000 });

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const passphrase = 'open sesame';
const secret = ['--object', `secret,id=key,data=${passphrase}`];
const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const sizeBytes = (2 << 20) + 5 * 512;
const pieces = [
  { at: 0, bytes: prose(300_000, 1) },
  { at: (1 << 20) + 512, bytes: noise(200_000, 2) },
  { at: sizeBytes - 700, bytes: noise(700, 4) },
];
writeRawDisk(at('disk.raw'), sizeBytes, pieces);
const raw = readFileSync(at('disk.raw'));

function make(name: string, options: string): void {
  const create = ['create', '-q', ...secret, '-f', 'qcow2', '-o', `encrypt.key-secret=key,${options}`];
  untilItWorks(() => void run('qemu-img', ...create, name, `${sizeBytes}`));
  const target = `driver=qcow2,encrypt.key-secret=key,file.filename=${name}`;
  run('qemu-img', 'convert', ...secret, '-n', '--target-image-opts', '-f', 'raw', 'disk.raw', target);
}

function read(name: string, choices = {}): Uint8Array {
  const disk = Disk.open(new FileSource(at(name)), folderGate(at(name)), qcow2, { passphrase, ...choices });
  try {
    const whole = new Uint8Array(disk.capacityBytes);
    for (let start = 0; start < whole.length; start += 70_001) {
      disk.read(start, whole.subarray(start, Math.min(start + 70_001, whole.length)));
    }
    return whole;
  } finally {
    disk.close();
  }
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'read';
}

const luks = 'encrypt.format=luks,encrypt.iter-time=10';

describeWith(['qemu-img', 'qemu-io'], 'encrypted images', () => {
  beforeAll(() => make('plain.qcow2', luks), 60_000);

  it.each([
    ['small clusters', `${luks},cluster_size=512`],
    ['subclusters', `${luks},extended_l2=on,cluster_size=64k`],
    [
      'large clusters, CBC',
      `${luks},cluster_size=2M,encrypt.cipher-mode=cbc,encrypt.ivgen-alg=essiv,encrypt.ivgen-hash-alg=sha256`,
    ],
    ['a data file', `${luks},data_file=guest.data`],
    ['the old AES', 'encrypt.format=aes,cluster_size=4k'],
  ])('with %s', (_title, options) => {
    make('made.qcow2', options);
    expect(Buffer.compare(read('made.qcow2'), raw)).toBe(0);
  });

  it('are read with the passphrase, and not with another or none', () => {
    expect(Buffer.compare(read('plain.qcow2'), raw)).toBe(0);
    expect(codeOf(() => read('plain.qcow2', { passphrase: 'wrong' }))).toBe('image.wrong-passphrase');
    expect(codeOf(() => read('plain.qcow2', { passphrase: undefined }))).toBe('image.encrypted');
    const reader = qcow2.open(new FileSource(at('plain.qcow2')), noReferences, { passphrase });
    expect(reader.encryption).toBe(null);
    const states = new Set(tiledExtents(reader).map(({ state }) => state));
    expect(states.has('encoded') && !states.has('stored')).toBe(true);
    reader.close();
  });

  it('keep snapshots, each with its own bytes', () => {
    run(
      'qemu-img',
      'snapshot',
      ...secret,
      '-c',
      'before',
      '--image-opts',
      'driver=qcow2,encrypt.key-secret=key,file.filename=plain.qcow2',
    );
    run(
      'qemu-io',
      ...secret,
      '--image-opts',
      'driver=qcow2,encrypt.key-secret=key,file.filename=plain.qcow2',
      '-c',
      'write -P 9 0 100k',
    );
    expect(Buffer.compare(read('plain.qcow2', { snapshot: 'before' }), raw)).toBe(0);
    expect(
      read('plain.qcow2')
        .subarray(0, 102400)
        .every((byte) => byte === 9),
    ).toBe(true);
  });

  it('with an encryption header that is damaged, or nowhere, end in a Failure', () => {
    const bytes = new Uint8Array(readFileSync(at('plain.qcow2')));
    const view = new DataView(bytes.buffer);
    // The extension is the first one behind the header.
    const headerAt = Number(view.getBigUint64(view.getUint32(100) + 8));
    for (let bit = 0; bit < 592 * 8; bit += 37) {
      const flipped = bytes.slice();
      flipped[headerAt + (bit >>> 3)]! ^= 1 << (bit & 7);
      const open = (): unknown => qcow2.open(new MemorySource(flipped), noReferences, { passphrase });
      expect(codeOf(open)).toMatch(/^image\.|^read$/);
    }
    const away = bytes.slice();
    new DataView(away.buffer).setBigUint64(view.getUint32(100) + 8, 2n ** 40n);
    expect(codeOf(() => qcow2.open(new MemorySource(away), noReferences, { passphrase }))).toBe(
      'image.truncated',
    );
  });
});
