// The cache of L2 tables: what is kept, what is read again, and that words come in pairs, upper half first.
import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import { L2Tables } from '#engine/disks/qcow2/l2-table.ts';
import { countingSource } from './whole-disk.ts';

describe('L2Tables', () => {
  const tableBytes = 1 << 20;
  const file = new Uint8Array(8 * tableBytes);
  const view = new DataView(file.buffer);
  for (let table = 0; table < 8; table++)
    view.setBigUint64(table * tableBytes + 8, 0x80000000_00000000n + BigInt(table));

  it('gives each entry as two words', () => {
    const tables = new L2Tables(new MemorySource(file), tableBytes);
    for (let table = 0; table < 8; table++) {
      const words = tables.get(table * tableBytes);
      expect(words.length).toBe(tableBytes / 4);
      expect([...words.subarray(0, 5)]).toEqual([0, 0, 0x80000000, table, 0]);
    }
  });

  it('reads a table once while it is in use, and forgets the one unused for longest', () => {
    const source = countingSource(new MemorySource(file));
    const tables = new L2Tables(source, tableBytes);
    // Four tables of 1 MiB are kept.
    for (const table of [0, 1, 2, 3, 0, 0, 4, 0, 1, 3]) {
      expect(tables.get(table * tableBytes)[3]).toBe(table);
    }
    expect(source.reads.map((fileOffset) => fileOffset / tableBytes)).toEqual([0, 1, 2, 3, 4, 1]);
  });
});
