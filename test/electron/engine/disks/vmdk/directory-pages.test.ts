import { describe, expect, it } from 'vitest';
import { DirectoryPages } from '#engine/disks/vmdk/directory-pages.ts';
import { countingSource } from './read-disk.ts';

const count = 10_000;
const bytes = Buffer.alloc(512 + 2 * count * 4);
for (const [index, sector] of [
  [3, 100],
  [4095, 200],
  [4096, 300],
  [9999, 0xffffffff],
] as const) {
  bytes.writeUInt32LE(sector, 512 + index * 4);
}
bytes.writeUInt32LE(7, 512 + (count + 5000) * 4);

describe('DirectoryPages', () => {
  it('finds entries in either directory', () => {
    const pages = new DirectoryPages(countingSource(bytes), count, 512, 512 + count * 4);
    expect([0, 3, 4095, 4096, 9999].map((index) => pages.entry(index))).toEqual([
      0, 100, 200, 300, 0xffffffff,
    ]);
    expect([pages.redundantEntry(3), pages.redundantEntry(5000)]).toEqual([0, 7]);
    expect(pages.fileOffsetOf(10)).toBe(552);
    const found = [];
    for (let at = pages.nextTable(0, count); at < count; at = pages.nextTable(at + 1, count)) found.push(at);
    expect(found).toEqual([3, 4095, 4096, 5000, 9999]);
    expect(pages.nextTable(count, count)).toBe(count);
  });

  it('looks no further than it is asked: reads from the middle of a large empty disk stay cheap', () => {
    const source = countingSource(bytes);
    const pages = new DirectoryPages(source, count, 512, null);
    expect([pages.nextTable(4, 10), pages.nextTable(4, 4095), pages.nextTable(4, 4096)]).toEqual([
      10, 4095, 4095,
    ]);
    expect(source.reads).toHaveLength(1);
  });

  it('reads a page when it is asked for, and once', () => {
    const source = countingSource(bytes);
    const pages = new DirectoryPages(source, count, 512, null);
    expect(source.reads).toEqual([]);
    for (let index = 4096; index < 8192; index++) pages.entry(index);
    expect(source.reads).toEqual([{ start: 512 + 16384, length: 16384 }]);
    expect([pages.entry(9000), pages.redundantEntry(9000)]).toEqual([0, null]);
    expect(source.reads[1]).toEqual({ start: 512 + 32768, length: (count - 8192) * 4 });
  });
});
