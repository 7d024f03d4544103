import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentTree, keptBlocks } from '#engine/operations/content-tree.ts';
import { convert } from '#engine/operations/convert.ts';
import { hashImage, hashWithContent } from '#engine/operations/hash.ts';
import { createImage } from '#engine/operations/create.ts';
import { noise, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const mebibyte = 1 << 20;

/** The root as ARCHITECTURE.md describes it, from all bytes of the disk. */
function expectedRoot(disk: Uint8Array): string {
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    return bytes;
  };
  const root = createHash('sha256').update(number(disk.length));
  for (let start = 0; start < disk.length; start += mebibyte) {
    const block = new Uint8Array(mebibyte);
    block.set(disk.subarray(start, start + mebibyte));
    if (block.every((byte) => byte === 0)) continue;
    root.update(number(start / mebibyte)).update(createHash('sha256').update(block).digest());
  }
  return root.digest('hex');
}

describe('the content of a disk', () => {
  it('is what the documentation says, zeros and a cut last block included', () => {
    const disk = new Uint8Array(3 * mebibyte + 512);
    disk.set(noise(5000, 1), 100);
    disk.set(noise(512, 2), 3 * mebibyte);
    const path = at('documented.raw');
    writeFileSync(path, disk);
    const tree = contentTree({ path, format: 'raw' }, quietControl());
    expect(tree.root).toBe(expectedRoot(disk));
    expect(tree).toMatchObject({ virtualSizeBytes: disk.length, distinctBlocks: 2 });
    expect(tree.blocks.length).toBe(16);
    expect(tree.files.map((file) => file.path)).toEqual([path]);
  });

  it('has the virtual size in it: a longer disk of zeros is another one', () => {
    const short = writeRawDisk(at('short.raw'), mebibyte, [{ at: 0, bytes: noise(100) }]);
    const long = writeRawDisk(at('long.raw'), 2 * mebibyte, [{ at: 0, bytes: noise(100) }]);
    const [first, second] = [short, long].map((path) => contentTree({ path, format: 'raw' }, quietControl()));
    expect(first!.root).not.toBe(second!.root);
    expect(first!.blocks).toEqual(second!.blocks);
  });

  it('is the same in any format, with any number of threads, and from a hash on the way', () => {
    const piece = fc.record({
      at: fc.integer({ min: 0, max: 5 * mebibyte }),
      length: fc.integer({ min: 1, max: mebibyte }),
      seed: fc.integer({ min: 0, max: 50 }),
    });
    const formats = ['qcow2', 'vmdk', 'vdi', 'vhdx'] as const;
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 5 }),
        fc.constantFrom(...formats),
        fc.integer({ min: 0, max: 2 }),
        (pieces, format, workers) => {
          const raw = at('property.raw');
          const disk = new Uint8Array(6 * mebibyte);
          for (const { at: start, length, seed } of pieces) {
            // Zeros that are stored are zeros all the same.
            disk.set(seed === 0 ? new Uint8Array(length) : noise(length, seed), start);
          }
          writeFileSync(raw, disk);
          const other = at(`property.${format}`);
          const request = { source: { path: raw, format: 'raw' }, outputPath: other, target: { format } };
          convert({ ...request, force: true, sync: false }, quietControl());
          const tree = contentTree({ path: other }, quietControl(workers));
          expect(tree.root).toBe(expectedRoot(disk));
          const both = hashWithContent({ path: other }, quietControl(workers));
          expect(both).toEqual({ ...hashImage({ path: raw, format: 'raw' }, quietControl()), content: tree });
        },
      ),
      { numRuns: 25 },
    );
  });

  it('is that of an overlay with what it stands on, whose files it names', () => {
    const base = writeRawDisk(at('base.raw'), 2 * mebibyte, [{ at: 0, bytes: noise(3000) }]);
    const overlay = at('overlay.qcow2');
    const backing = { path: base, format: 'raw' };
    createImage({ outputPath: overlay, target: { format: 'qcow2', backing } }, quietControl());
    const tree = contentTree({ path: overlay }, quietControl());
    expect(tree.root).toBe(contentTree(backing, quietControl()).root);
    expect(tree.files.map((file) => file.path)).toEqual([overlay, base]);
  });

  it('keeps no more block digests than a bound, the smallest of them', () => {
    const bytes = noise(8, 1);
    const count = keptBlocks + 5;
    const path = writeRawDisk(
      at('many.raw'),
      count * mebibyte,
      Array.from({ length: count }, (_, index) => {
        new DataView(bytes.buffer).setUint32(0, index + 1);
        return { at: index * mebibyte, bytes: Uint8Array.from(bytes) };
      }),
    );
    const { distinctBlocks, blocks } = contentTree({ path, format: 'raw' }, quietControl(2));
    expect(distinctBlocks).toBe(count);
    expect(blocks.length).toBe(keptBlocks * 8);
    const words = new BigUint64Array(blocks.buffer);
    for (let index = 1; index < words.length; index++) expect(words[index]! > words[index - 1]!).toBe(true);
  }, 60_000);

  it('costs nothing for what is not there', () => {
    const path = writeRawDisk(at('huge.raw'), 4 * 2 ** 40, [{ at: 2 ** 40, bytes: noise(10) }]);
    const control = quietControl();
    expect(contentTree({ path, format: 'raw' }, control).distinctBlocks).toBe(1);
    expect(control.phases[0]!.totalBytes).toBe(mebibyte);
  });

  it('stops when it is told to', () => {
    const path = writeRawDisk(at('stopped.raw'), 8 * mebibyte, [{ at: 0, bytes: noise(8 * mebibyte) }]);
    expect(() => contentTree({ path, format: 'raw' }, quietControl(0, mebibyte))).toThrow(
      expect.objectContaining({ code: 'operation.cancelled' }),
    );
  });

  it('is refused where the file changes while it is read', () => {
    const path = writeRawDisk(at('changing.raw'), 2 * mebibyte, [{ at: 0, bytes: noise(2 * mebibyte) }]);
    const control = quietControl();
    const changing = { ...control, advance: () => writeFileSync(path, noise(2 * mebibyte, 9)) };
    expect(() => contentTree({ path, format: 'raw' }, changing)).toThrow('changed while it was read');
    expect(hashWithContent({ path, format: 'raw' }, changing).content).toBeUndefined();
  });
});
