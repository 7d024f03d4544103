import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { getEnvironmentData } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { WrappedSink } from '#engine/archives/wrapped-sink.ts';
import { writtenWrappers } from '#engine/archives/wrappers.ts';
import { convert } from '#engine/operations/convert.ts';
import { hashImage as hash } from '#engine/operations/hash.ts';
import { inspect } from '#engine/operations/inspect.ts';
import { openDisk, openPackageAt, openSource, settled } from '#engine/pipeline/open.ts';
import { sizeMemoryOf } from '#engine/pipeline/unwrapped-sizes.ts';
import { vmware } from '../../../fixtures/packages/descriptors.ts';
import { failureOf, readAll } from '../../../fixtures/packages/recording.ts';
import { tar, tarFile } from '../../../fixtures/packages/tar-builder.ts';
import { describeWith, toolPath } from '../../../setup/tools.ts';
import { put } from '../archives/compressed-files.ts';
import { noise, prose, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const pieces = [
  { at: 0, bytes: prose(200_000) },
  { at: 6 << 20, bytes: noise(300_000) },
];
const rawBytes = readFileSync(writeRawDisk(at('disk.raw'), 12 << 20, pieces));
const info = (name: string) => inspect({ path: at(name) }, quietControl(), false);

/** A fixed VHD whose disk begins as a gzip file does. */
function vhdThatLooksLikeGzip(): string {
  const disk = Buffer.from(rawBytes);
  disk.set(gzipSync('not what it seems'), 0);
  put(folder, 'guest.raw', disk);
  convert(
    {
      source: { path: at('guest.raw'), format: 'raw' },
      outputPath: at('guest.vhd'),
      target: { format: 'vhd', variant: 'fixed' },
    },
    quietControl(),
  );
  return at('guest.vhd');
}

describe('sources in wrappers', () => {
  it('opens what is in them, and says in what it was', () => {
    put(folder, 'disk.raw.gz', gzipSync(rawBytes));
    const { source, wrapper } = openSource({ path: at('disk.raw.gz') });
    expect(wrapper).toBe('gzip');
    expect(readAll(source).equals(rawBytes)).toBe(true);
    source.close();
    expect(info('disk.raw.gz')).toMatchObject({
      format: 'raw',
      wrapper: 'gzip',
      virtualSizeBytes: 12 << 20,
      fileSizeBytes: statSync(at('disk.raw.gz')).size,
    });
  });

  it('has no wrapper where there is none', () => {
    const { source, wrapper } = openSource({ path: at('disk.raw') });
    expect(wrapper).toBeNull();
    source.close();
    expect(info('disk.raw').wrapper).toBeNull();
  });

  it.each([0, 2])('converts out of a tar.gz with %i threads, without a file in between', (workers) => {
    put(folder, 'google.tar.gz', gzipSync(tar(tarFile('disk.raw', rawBytes))));
    const outputPath = at(`from-tar-${workers}.qcow2`);
    const result = convert(
      { source: { path: at('google.tar.gz') }, outputPath, target: { format: 'qcow2' } },
      quietControl(workers),
    );
    expect(result).toMatchObject({ virtualSizeBytes: 12 << 20, verified: true });
    const sum = hash({ path: outputPath }, quietControl()).sha256;
    expect(sum).toBe(hash({ path: at('disk.raw') }, quietControl()).sha256);
  });

  it('keeps to the marks of a disk where the guest wrote what looks like a wrapper', () => {
    const path = vhdThatLooksLikeGzip();
    expect(inspect({ path }, quietControl(), false)).toMatchObject({ format: 'vhd', wrapper: null });
  });

  it('is cancelled on the way to the size', () => {
    put(folder, 'long.gz', gzipSync(new Uint8Array(8 << 20), { level: 1 }));
    const control = quietControl();
    control.cancel();
    expect(failureOf(() => inspect({ path: at('long.gz') }, control, false)).code).toBe(
      'operation.cancelled',
    );
  });

  it('remembers the size for as long as the file is the same', () => {
    const path = put(folder, 'sized.gz', gzipSync(rawBytes));
    openDisk({ path }).close();
    expect(sizeMemoryOf(path, 0).recall()).toBe(rawBytes.length);
    expect((getEnvironmentData('platter.unwrapped-sizes') as Map<string, number>).size).toBeGreaterThan(0);
    put(folder, 'sized.gz', gzipSync(rawBytes.subarray(0, 1 << 20)));
    expect(sizeMemoryOf(path, 0).recall()).toBeNull();
    const disk = openDisk({ path });
    expect(disk.capacityBytes).toBe(1 << 20);
    disk.close();
  });

  it('forgets the oldest of many', () => {
    const { path } = { path: at('disk.raw') };
    for (let depth = 1; depth <= 70; depth++) sizeMemoryOf(path, depth).learn(depth);
    expect(sizeMemoryOf(path, 1).recall()).toBeNull();
    expect(sizeMemoryOf(path, 70).recall()).toBe(70);
  });
});

describe('packages in wrappers', () => {
  it('opens an appliance that is compressed as a package, not as an archive of one image', () => {
    const ova = tar(tarFile('machine.ovf', vmware), tarFile('disk1.vmdk', noise(1000)));
    put(folder, 'machine.ova.gz', gzipSync(ova));
    const container = openPackageAt(at('machine.ova.gz'));
    expect(container.info.format).toBe('ova');
    container.close();
    expect(info('machine.ova.gz')).toMatchObject({ kind: 'package', format: 'ova', wrapper: 'gzip' });
  });
});

describeWith(['qemu-img', 'xz', 'zstd'], 'disks in wrappers, against qemu-img', () => {
  const qemu = (...args: string[]): string =>
    execFileSync(toolPath('qemu-img')!, args, { cwd: folder }).toString();
  const pack = (program: 'xz' | 'zstd', ...args: string[]): void =>
    void execFileSync(toolPath(program)!, args, { cwd: folder, stdio: 'pipe' });

  it.each([
    ['qcow2', []],
    ['vmdk', ['-o', 'subformat=streamOptimized']],
    ['vhdx', []],
    ['vpc', []],
    ['vdi', []],
  ] as const)('%s in xz and in zstd', (format, options) => {
    const name = `disk.${format}`;
    qemu('convert', '-f', 'raw', '-O', format, ...options, 'disk.raw', name);
    pack('xz', '-0', '-k', '-f', name);
    pack('zstd', '-q', '-k', '-f', name);
    const expected = hash({ path: at(name) }, quietControl());
    for (const [ending, wrapper] of [
      ['xz', 'xz'],
      ['zst', 'zstd'],
    ] as const) {
      expect(hash({ path: at(`${name}.${ending}`) }, quietControl()).sha256).toBe(expected.sha256);
      expect(info(`${name}.${ending}`)).toMatchObject({
        wrapper,
        virtualSizeBytes: expected.virtualSizeBytes,
      });
    }
  });

  it('opens what the wrapped sink made of a whole image', () => {
    const image = readFileSync(at('disk.qcow2'));
    for (const { id, creation } of writtenWrappers) {
      const parts: Uint8Array[] = [];
      const output = {
        write: (_: number, bytes: Uint8Array) => void parts.push(bytes.slice()),
        truncate: () => {},
      };
      const sink = new WrappedSink(output, creation, { sizeBytes: image.length });
      sink.write(0, image);
      sink.finish();
      put(folder, `written.${creation.extension}`, Buffer.concat(parts));
      expect(info(`written.${creation.extension}`)).toMatchObject({ format: 'qcow2', wrapper: id });
    }
  });
});

it('names a disk in a stream so that it is not recognised again', () => {
  put(folder, 'settled.raw.gz', gzipSync(rawBytes));
  const name = (path: string, more = {}) => {
    const reference = { path: at(path), ...more };
    const disk = openDisk(reference);
    disk.close();
    return settled(reference, disk);
  };
  const found = name('settled.raw.gz');
  expect(found).toEqual({ path: at('settled.raw.gz'), format: 'raw', wrapper: 'gzip' });
  expect(hash(found, quietControl())).toEqual(hash({ path: at('disk.raw') }, quietControl()));
  // Nothing is gained where it costs nothing, and what a person said stands.
  expect(name('disk.raw')).toEqual({ path: at('disk.raw') });
  const stated = { format: 'raw', wrapper: 'gzip' };
  expect(name('settled.raw.gz', stated)).toEqual({ path: at('settled.raw.gz'), ...stated });
});
