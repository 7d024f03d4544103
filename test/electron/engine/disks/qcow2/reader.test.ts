// qcow2 images that qemu-img made, with every option it has: read to the bytes that qemu-img reads.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { FileSource } from '#engine/bytes/source.ts';
import { folderGate } from '#engine/disks/gate.ts';
import { qcow2 } from '#engine/disks/qcow2/index.ts';
import { isFailure } from '#shared/failure.ts';
import { describeWith, type ToolName } from '../../../../setup/tools.ts';
import { noise, prose, writeRawDisk } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { untilItWorks } from '../encryption/until-it-works.ts';
import { countingSource, openPath, readPath, readSpan, readWhole, tiledExtents } from './whole-disk.ts';

// Programs are run and much is compressed; a machine with other work takes its time.
vi.setConfig({ testTimeout: 60_000 });

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
/** qemu-img resolves a data file against its own current folder. */
const run = (program: ToolName, ...args: string[]): string =>
  execFileSync(program, args, { cwd: folder, encoding: 'utf8' });
const qemuImg = (...args: string[]): string => run('qemu-img', ...args);
const qemuIo = (path: string, ...commands: string[]): string =>
  run('qemu-io', '-f', 'qcow2', ...commands.flatMap((command) => ['-c', command]), path);

const sizeBytes = (7 << 20) + 5 * 512;
const rawPath = writeRawDisk(at('disk.raw'), sizeBytes, [
  { at: 0, bytes: prose(1_300_000, 1) },
  { at: 2 << 20, bytes: noise(900_000, 2) },
  { at: (5 << 20) + 4096, bytes: prose(5000, 3) },
  { at: sizeBytes - 700, bytes: noise(700, 4) },
]);
const raw = readFileSync(rawPath);

/** What qemu-img reads of it. */
function asRaw(name: string): Buffer {
  qemuImg('convert', '-O', 'raw', name, 'judge.raw');
  return readFileSync(at('judge.raw'));
}

function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.length).toBe(expected.length);
  expect(Buffer.compare(actual, expected)).toBe(0);
}

const clusterSizes = ['512', '4k', '64k', '512k', '2M'];

describeWith('qemu-img', 'images made by qemu-img', () => {
  const options = [
    ...clusterSizes.map((size) => `cluster_size=${size}`),
    'compat=0.10',
    'compat=0.10,cluster_size=1k',
    'lazy_refcounts=on',
    'refcount_bits=1',
    'refcount_bits=64,cluster_size=2k',
    'extended_l2=on',
    'extended_l2=on,cluster_size=16k',
    'extended_l2=on,cluster_size=2M',
    'preallocation=metadata',
    'preallocation=falloc',
    'preallocation=full',
    'extended_l2=on,preallocation=metadata',
  ];
  it.each(options)('%s', (option) => {
    qemuImg('convert', '-O', 'qcow2', '-o', option, 'disk.raw', 'plain.qcow2');
    expectSame(readPath(at('plain.qcow2')), raw);
  });

  const compressed = [
    ...clusterSizes.map((size) => `cluster_size=${size},compression_type=zlib`),
    ...clusterSizes.map((size) => `cluster_size=${size},compression_type=zstd`),
    'compat=0.10',
    'extended_l2=on,compression_type=zstd',
  ];
  it.each(compressed)('compressed, %s', (option) => {
    qemuImg('convert', '-c', '-O', 'qcow2', '-o', option, 'disk.raw', 'compressed.qcow2');
    const reader = openPath(at('compressed.qcow2'));
    expect(tiledExtents(reader).some(({ state }) => state === 'encoded')).toBe(true);
    expect(reader.variant).toBe(option.includes('zstd') ? 'zstd' : null);
    expectSame(readWhole(reader), raw);
    reader.close();
  });

  it.each(['off', 'on'])('with an external data file, raw %s', (rawFlag) => {
    const option = `data_file=guest.data,data_file_raw=${rawFlag}`;
    qemuImg('create', '-q', '-f', 'qcow2', '-o', option, 'outside.qcow2', `${sizeBytes}`);
    qemuImg('convert', '-n', '-O', 'qcow2', 'disk.raw', 'outside.qcow2');
    const reader = openPath(at('outside.qcow2'));
    expect(reader.facts).toContainEqual({ label: 'External data file', value: 'guest.data' });
    const sources = tiledExtents(reader).flatMap((extent) =>
      extent.state === 'stored' ? [extent.source.path] : [],
    );
    expect(new Set(sources.map((path) => path.endsWith('guest.data')))).toEqual(new Set([true]));
    expectSame(readWhole(reader), raw);
    reader.close();
    const away = folderGate(at('elsewhere/outside.qcow2'));
    expect(() => qcow2.open(new FileSource(at('outside.qcow2')), away)).toThrow(/parent-missing/);
  });

  it('with a backing file, partly covered', () => {
    qemuImg('convert', '-O', 'qcow2', 'disk.raw', 'base.qcow2');
    qemuImg('create', '-q', '-f', 'qcow2', '-b', 'base.qcow2', '-F', 'qcow2', 'top.qcow2', '9M');
    qemuIo('top.qcow2', 'write -P 7 70000 200000', 'write -z 2097152 131072', 'write -P 9 8M 4096');
    const reader = openPath(at('top.qcow2'));
    expect(reader.parent).toEqual({ name: 'base.qcow2', format: 'qcow2' });
    const states = new Set(tiledExtents(reader).map(({ state }) => state));
    expect(states).toEqual(new Set(['absent', 'stored', 'zero']));
    reader.close();
    expectSame(readPath(at('top.qcow2')), asRaw('top.qcow2'));
  });

  it('with subclusters of every kind', () => {
    qemuImg('convert', '-O', 'qcow2', 'disk.raw', 'base.qcow2');
    const option = 'extended_l2=on,cluster_size=128k';
    qemuImg('create', '-q', '-f', 'qcow2', '-o', option, '-b', 'base.qcow2', '-F', 'qcow2', 'sub.qcow2');
    const commands = [
      'write -P 3 4096 4096',
      'write -z 16384 8192',
      'write -P 4 300000 1000',
      'write -z 2M 256k',
    ];
    qemuIo('sub.qcow2', ...commands, 'write -P 5 3M 128k', 'discard 3M 64k', 'write -P 6 3200000 5000');
    const reader = openPath(at('sub.qcow2'));
    const states = tiledExtents(reader, { start: 0, length: 32768 }).map(({ state }) => state);
    expect(states).toEqual(['absent', 'stored', 'absent', 'zero', 'absent']);
    reader.close();
    expectSame(readPath(at('sub.qcow2')), asRaw('sub.qcow2'));
  });

  it('with zeros, with and without a cluster behind them', () => {
    qemuImg('convert', '-O', 'qcow2', 'disk.raw', 'zeros.qcow2');
    qemuIo('zeros.qcow2', 'write -z 0 128k', 'write -z -u 2M 128k', 'discard 1M 64k');
    const reader = openPath(at('zeros.qcow2'));
    expect(tiledExtents(reader)[0]).toEqual({ state: 'zero', start: 0, length: 131072 });
    reader.close();
    expectSame(readPath(at('zeros.qcow2')), asRaw('zeros.qcow2'));
  });

  it('with internal snapshots: they are listed, the active disk is read', () => {
    qemuImg('convert', '-O', 'qcow2', 'disk.raw', 'snap.qcow2');
    qemuImg('snapshot', '-c', 'before the update', 'snap.qcow2');
    qemuIo('snap.qcow2', 'write -P 1 0 100000');
    qemuImg('snapshot', '-c', 'nach dem Übel', 'snap.qcow2');
    qemuIo('snap.qcow2', 'write -P 2 4M 100000');
    const reader = openPath(at('snap.qcow2'));
    expect(reader.snapshots.map(({ id, name }) => [id, name])).toEqual([
      ['1', 'before the update'],
      ['2', 'nach dem Übel'],
    ]);
    for (const { createdAt, virtualSizeBytes } of reader.snapshots) {
      expect(Math.abs(Date.parse(createdAt!) - Date.now())).toBeLessThan(3_600_000);
      expect(virtualSizeBytes).toBe(sizeBytes);
    }
    reader.close();
    expectSame(readPath(at('snap.qcow2')), asRaw('snap.qcow2'));
  });

  it('with bitmaps', () => {
    qemuImg('convert', '-O', 'qcow2', 'disk.raw', 'bitmaps.qcow2');
    qemuImg('bitmap', '--add', '-g', '64k', 'bitmaps.qcow2', 'nightly');
    qemuImg('bitmap', '--add', '--disable', '-g', '1M', 'bitmaps.qcow2', 'weekly');
    const reader = openPath(at('bitmaps.qcow2'));
    const bitmaps = reader.facts.filter(({ label }) => label === 'Bitmap').map(({ value }) => value);
    expect(bitmaps).toEqual(['nightly, 65536 bytes a bit, enabled', 'weekly, 1048576 bytes a bit, disabled']);
    expect(reader.warnings).toEqual([]);
    expectSame(readWhole(reader), raw);
    reader.close();
  });

  const secrets = [
    { method: 'LUKS', encrypt: 'encrypt.format=luks,encrypt.iter-time=100' },
    { method: 'AES', encrypt: 'encrypt.format=aes' },
  ];
  it.each(secrets)('encrypted with $method: known, and never read as if plain', ({ method, encrypt }) => {
    const key = ['--object', 'secret,id=key,data=open sesame'];
    const option = `${encrypt},encrypt.key-secret=key`;
    untilItWorks(
      () => void qemuImg('create', '-q', ...key, '-f', 'qcow2', '-o', option, 'secret.qcow2', '4M'),
    );
    const reader = openPath(at('secret.qcow2'));
    expect(reader.encryption).toBe(method);
    expect(reader.facts.some(({ label }) => label === 'Encryption header')).toBe(method === 'LUKS');
    expect(failureOf(() => reader.extents({ start: 0, length: 512 }))).toMatchObject({
      code: 'image.encrypted',
      details: { method },
    });
    reader.close();
  });

  it('after a crash with lazy refcounts: a warning, and the bytes', () => {
    qemuImg('convert', '-O', 'qcow2', '-o', 'lazy_refcounts=on', 'disk.raw', 'dirty.qcow2');
    const bytes = readFileSync(at('dirty.qcow2'));
    bytes[79]! |= 3;
    writeFileSync(at('dirty.qcow2'), bytes);
    const reader = openPath(at('dirty.qcow2'));
    expect(reader.warnings.map(({ code }) => code)).toEqual(['qcow2.corrupt', 'qcow2.dirty']);
    expectSame(readWhole(reader), raw);
    reader.close();
  });

  it('any span of it is the same part of the disk', () => {
    const option = 'cluster_size=4k,compression_type=zstd';
    qemuImg('convert', '-c', '-O', 'qcow2', '-o', option, 'disk.raw', 'spans.qcow2');
    const reader = openPath(at('spans.qcow2'));
    for (const [start, length] of [
      [1, 1],
      [4095, 2],
      [1_299_000, 5000],
      [2_090_000, 300_000],
      [sizeBytes - 4097, 4097],
      [77, 0],
    ] as const) {
      expectSame(readSpan(reader, { start, length }), raw.subarray(start, start + length));
    }
    reader.close();
  });

  it('is lazy: tables are read as the walk gets there, and a plain image has few extents', () => {
    qemuImg('create', '-q', '-f', 'qcow2', '-o', 'preallocation=metadata', 'large.qcow2', '8G');
    const source = countingSource(new FileSource(at('large.qcow2')));
    const reader = qcow2.open(source, folderGate(at('large.qcow2')));
    const before = source.reads.length;
    const first = reader.extents({ start: 0, length: reader.capacityBytes })[Symbol.iterator]().next();
    expect(first.done).toBe(false);
    expect(source.reads.length - before).toBeLessThanOrEqual(16);
    // 16 L2 tables; each lies between the data of its half gibibyte and the one before.
    expect(tiledExtents(reader).length).toBeLessThanOrEqual(20);
    reader.close();
  });

  it('truncated: told, unless only the padding of the last cluster is missing', () => {
    qemuImg('convert', '-O', 'qcow2', 'disk.raw', 'whole.qcow2');
    const bytes = readFileSync(at('whole.qcow2'));
    for (const part of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      const kept = bytes.subarray(0, Math.floor(bytes.length * part));
      writeFileSync(at('cut.qcow2'), kept);
      const failure = failureOf(() => readPath(at('cut.qcow2')));
      expect(failure).toMatchObject({ code: 'image.truncated', details: { actualBytes: kept.length } });
    }
    writeFileSync(at('cut.qcow2'), bytes.subarray(0, bytes.length - 1000));
    expectSame(readPath(at('cut.qcow2')), raw);
  });
});

describeWith('qcowinfo', 'an unrelated reader', () => {
  it('sees the same size', () => {
    qemuImg('convert', '-O', 'qcow2', '-o', 'compat=0.10', 'disk.raw', 'other.qcow2');
    const info = run('qcowinfo', 'other.qcow2');
    expect(info).toContain(`(${sizeBytes} bytes)`);
  });
});

/** The Failure that `action` ends in; anything else is thrown on. */
function failureOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    if (isFailure(error, 'image.truncated') || isFailure(error, 'image.encrypted')) return error;
    throw error;
  }
  return null;
}
