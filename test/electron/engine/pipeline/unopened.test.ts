// Compressed clusters that go from one qcow2 to another as they are stored: same disk, same bytes whoever carried them.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import type { Journal } from '#engine/control.ts';
import { readBytes } from '#engine/bytes/source.ts';
import type { EncodedExtent } from '#engine/disks/driver.ts';
import { hasZstd } from '#engine/disks/compression/zstd.ts';
import { convert, convertBeside } from '#engine/operations/convert.ts';
import { hashImage } from '#engine/operations/hash.ts';
import { openDisk } from '#engine/pipeline/open.ts';
import { describeWith, toolPath } from '../../../setup/tools.ts';
import { failureOf } from '../../../fixtures/packages/recording.ts';
import { noise, prose, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const MiB = 2 ** 20;
/** Two thirds compress, one does not; the last cluster is cut by the disk's end. */
const capacityBytes = 24 * MiB + 512;
const raw = writeRawDisk(at('disk.raw'), capacityBytes, [
  { at: 0, bytes: prose(8 * MiB + 4321, 1) },
  { at: 12 * MiB, bytes: noise(3 * MiB, 2) },
  { at: 18 * MiB + 8192, bytes: prose(2 * MiB, 3) },
  { at: capacityBytes - 700, bytes: prose(700, 4) },
]);
const sha256 = createHash('sha256').update(readFileSync(raw)).digest('hex');
const newFolder = (): string => mkdtempSync(join(folder, 'run-'));

/** The whole clusters that are compressed, with the bytes that they are stored in. */
function compressed(path: string): ReadonlyMap<number, { bytes: Uint8Array; extent: EncodedExtent }> {
  const disk = openDisk({ path });
  const found = new Map<number, { bytes: Uint8Array; extent: EncodedExtent }>();
  for (const extent of disk.extents({ start: 0, length: disk.capacityBytes })) {
    if (extent.state !== 'encoded' || extent.length !== extent.unit.length) continue;
    const { source, fileOffset, encodedBytes } = extent;
    found.set(extent.start, { bytes: readBytes(source, fileOffset, encodedBytes), extent });
  }
  disk.close();
  return found;
}

/** How many compressed clusters of `output` begin with the very bytes that the source stores, all but what ends them. */
function passedOn(source: string, output: string): number {
  const before = compressed(source);
  let count = 0;
  for (const [start, { bytes }] of compressed(output)) {
    const old = before.get(start)?.bytes;
    const shared = Math.max(Math.min(bytes.length, old?.length ?? 0) - 511, 16);
    if (old !== undefined && Buffer.compare(bytes.subarray(0, shared), old.subarray(0, shared)) === 0)
      count++;
  }
  return count;
}

function to(source: string, variant: string, options = {}, workers = 0, verify = true): string {
  const outputPath = join(newFolder(), 'out.qcow2');
  const target = { format: 'qcow2', variant, options };
  convert({ source: { path: source }, outputPath, target, verify }, quietControl(workers));
  return outputPath;
}

afterEach(() => vi.unstubAllEnvs());

describeWith('qemu-img', 'compressed clusters of a qcow2', () => {
  const qemuImg = (...words: string[]): string =>
    execFileSync(toolPath('qemu-img')!, words, { encoding: 'utf8' });
  const made = (type: string, ...options: string[]): string => {
    const path = at(`${type}-${options.join('-')}.qcow2`);
    const all = [`compression_type=${type}`, ...options].join(',');
    if (!existsSync(path)) qemuImg('convert', '-c', '-f', 'raw', '-O', 'qcow2', '-o', all, raw, path);
    return path;
  };
  const expectSame = (path: string): void => {
    expect(qemuImg('compare', '-f', 'raw', '-F', 'qcow2', raw, path)).toContain('identical');
    expect(qemuImg('check', '-f', 'qcow2', path)).toContain('No errors');
  };

  it.each(hasZstd() ? ['zlib', 'zstd'] : ['zlib'])(
    'of %s go on as they are, whatever carries them',
    (type) => {
      const source = made(type);
      const total = compressed(source).size;
      expect(total).toBeGreaterThan(100);
      const outputs = [0, 1, 2, 3, 8].map((workers) => to(source, type, {}, workers));
      for (const output of outputs) execFileSync('cmp', [outputs[0]!, output]);
      expectSame(outputs[0]!);
      expect(passedOn(source, outputs[0]!)).toBe(total);
      // Bytes behind a unit's end are not gathered from copy to copy.
      const again = to(outputs[0]!, type);
      expectSame(again);
      expect(statSync(again).size).toBeLessThanOrEqual(statSync(source).size * 1.01);
      expect(hashImage({ path: again }, quietControl(2)).sha256).toBe(sha256);
    },
  );

  it('are encoded anew for another method, another size, or over a backing image', () => {
    const source = made('zlib');
    for (const output of [
      to(source, 'zlib', { cluster_size: 131072 }),
      ...(hasZstd() ? [to(source, 'zstd')] : []),
    ]) {
      expectSame(output);
      expect(passedOn(source, output)).toBe(0);
    }
    const changed = writeRawDisk(at('other.raw'), capacityBytes, [{ at: MiB, bytes: noise(MiB, 7) }]);
    const outputPath = join(newFolder(), 'over.qcow2');
    const target = { format: 'qcow2', variant: 'zlib', backing: { path: changed } };
    convert({ source: { path: source }, outputPath, target }, quietControl());
    expect(qemuImg('compare', '-f', 'raw', '-F', 'qcow2', raw, outputPath)).toContain('identical');
  });

  it('stand beside clusters that are plain, or of an image below', () => {
    const over = at('over-compressed.qcow2');
    qemuImg('create', '-f', 'qcow2', '-b', basename(made('zlib')), '-F', 'qcow2', over);
    const output = to(over, 'zlib');
    expectSame(output);
    expect(passedOn(made('zlib'), output)).toBeGreaterThan(100);
  });

  it('are hashed and proved all the same', () => {
    const outputPath = join(newFolder(), 'out.qcow2');
    const request = {
      source: { path: made('zlib') },
      outputPath,
      target: { format: 'qcow2', variant: 'zlib' },
    };
    const { output, sha256: found } = convertBeside(request, quietControl(2), { hash: true });
    output.commit();
    expect(found).toBe(sha256);
    expectSame(outputPath);
  });

  it('that are broken are refused when the output is proved, and passed on as they are when it is not', () => {
    const source = join(newFolder(), 'broken.qcow2');
    writeFileSync(source, readFileSync(made('zlib')));
    const [start, { extent }] = [...compressed(source)][40]!;
    const bytes = readFileSync(source);
    bytes.fill(0xff, extent.fileOffset, extent.fileOffset + 64);
    writeFileSync(source, bytes);
    const outputPath = join(newFolder(), 'out.qcow2');
    const target = { format: 'qcow2', variant: 'zlib' };
    const request = { source: { path: source }, outputPath, target };
    const failure = failureOf(() => convert(request, quietControl(2)));
    expect(failure).toMatchObject({
      code: 'image.malformed',
      details: { structure: 'compressed cluster', fileOffset: extent.fileOffset },
    });
    expect(existsSync(outputPath)).toBe(false);
    const unproved = to(source, 'zlib', {}, 2, false);
    const disk = openDisk({ path: unproved });
    expect(failureOf(() => disk.read(start, new Uint8Array(65536))).code).toBe('image.malformed');
    disk.read(0, new Uint8Array(start));
    disk.read(start + 65536, new Uint8Array(65536));
    disk.close();
  });

  it('go on where a conversion was cut off', () => {
    vi.stubEnv('PLATTER_CHECKPOINT_MILLISECONDS', '0');
    const records: Uint8Array[] = [];
    const journal: Journal = {
      records,
      append: (record) => void records.push(record),
      clear: () => void (records.length = 0),
    };
    const outputPath = join(newFolder(), 'out.qcow2');
    const request = {
      source: { path: made('zlib') },
      outputPath,
      target: { format: 'qcow2', variant: 'zlib' },
    };
    const first = quietControl(0, Number.POSITIVE_INFINITY, journal);
    const { advance } = first;
    let left = 4;
    Object.assign(first, {
      advance(bytes: number) {
        advance(bytes);
        if (--left === 0) first.suspend();
      },
    });
    expect(failureOf(() => convert(request, first)).code).toBe('operation.interrupted');
    const second = quietControl(0, Number.POSITIVE_INFINITY, journal);
    convert(request, second);
    expect(second.notes).toMatchObject([{ kind: 'deflate' }, { kind: 'resumed' }]);
    execFileSync('cmp', [outputPath, to(made('zlib'), 'zlib')]);
  });
});
