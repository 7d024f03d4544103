// Compressed cluster descriptors for every cluster size, and streams that hold more or less than a cluster.
import { deflateRawSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import {
  ClusterEncoder,
  compressedBytes,
  compressedEntryHighWord,
  compressedOffset,
  inflateInto,
  maximumEncodedBytes,
  zstdInto,
} from '#engine/disks/qcow2/compressed-clusters.ts';
import { noise, prose } from '../../pattern.ts';

const clusterBytes = 65536;
const cluster = prose(clusterBytes, 3);

describe('descriptors', () => {
  const clusterBits = Array.from({ length: 13 }, (_, index) => index + 9);

  it.each(clusterBits)('with 2^%i bytes a cluster hold offset and length', (bits) => {
    for (const offset of [1024, 1025, 1535, 2 ** 32 - 1, 2 ** 32 + 511, 2 ** 45 + 12345]) {
      for (const length of [1, 2, 511, 2 ** bits - 1]) {
        const high = compressedEntryHighWord(offset, length, bits);
        const low = offset % 2 ** 32;
        expect(high >>> 30).toBe(1);
        expect(compressedOffset(high, low, bits)).toBe(offset);
        const lastSector = Math.floor((offset + length - 1) / 512);
        expect(compressedBytes(high, low, bits)).toBe((lastSector + 1) * 512 - offset);
        expect(compressedBytes(high, low, bits)).toBeLessThanOrEqual(maximumEncodedBytes(2 ** bits));
      }
    }
  });

  it('have no room for offsets beyond theirs', () => {
    expect(() => compressedEntryHighWord(2 ** 49 - 512, 100, 21)).not.toThrow();
    expect(() => compressedEntryHighWord(2 ** 49, 100, 21)).toThrow(/unsupported/);
  });

  it('can claim no more than two clusters', () => {
    for (const bits of clusterBits)
      expect(compressedBytes(0x7fffffff, 0, bits)).toBe(maximumEncodedBytes(2 ** bits));
  });
});

describe.each([
  ['inflateInto', inflateInto, (bytes: Uint8Array) => deflateRawSync(bytes)],
  ['zstdInto', zstdInto, (bytes: Uint8Array) => zstdCompressSync(bytes)],
] as const)('%s', (_name, decompress, compress) => {
  const into = new Uint8Array(clusterBytes);

  it('reads a stream whatever follows it', () => {
    for (const tail of [new Uint8Array(0), new Uint8Array(500), noise(300), compress(noise(1000))]) {
      into.fill(0);
      expect(decompress(Buffer.concat([compress(cluster), tail]), into)).toBe(clusterBytes);
      expect(Buffer.compare(into, cluster)).toBe(0);
    }
  });

  it('says how much a short stream holds, and refuses a long one', () => {
    expect(decompress(compress(cluster.subarray(0, 1000)), into)).toBe(1000);
    expect(() => decompress(compress(prose(clusterBytes + 1, 1)), into)).toThrow(RangeError);
    // A bomb: 64 MiB of zeros in a few KiB.
    expect(() => decompress(compress(new Uint8Array(64 << 20)), into)).toThrow(/more than 65536/);
  });

  it('refuses or shortens what is broken or cut off', () => {
    const encoded = compress(cluster);
    const outcome = (bytes: Uint8Array): number => {
      try {
        return decompress(bytes, into);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return -1;
      }
    };
    expect(outcome(encoded.subarray(0, encoded.length >> 1))).toBeLessThan(clusterBytes);
    expect(outcome(noise(5000, 77))).toBeLessThan(clusterBytes);
    expect(outcome(new Uint8Array(0))).toBeLessThan(clusterBytes);
  });
});

describe('inflateInto', () => {
  it('reads windows of every size', () => {
    const into = new Uint8Array(clusterBytes);
    for (const windowBits of [9, 12, 15]) {
      expect(inflateInto(deflateRawSync(cluster, { windowBits }), into)).toBe(clusterBytes);
      expect(Buffer.compare(into, cluster)).toBe(0);
    }
  });
});

describe('ClusterEncoder', () => {
  it.each(['zlib', 'zstd'] as const)('%s declines what does not become smaller', (type) => {
    const encoder = new ClusterEncoder(type, clusterBytes);
    const into = new Uint8Array(encoder.maximumBytes);
    expect(encoder.encode(noise(clusterBytes), into)).toBe(-1);
    const length = encoder.encode(cluster, into);
    expect(length).toBeGreaterThan(0);
    expect(length).toBeLessThan(clusterBytes);
    const decoded = new Uint8Array(clusterBytes);
    expect((type === 'zlib' ? inflateInto : zstdInto)(into.subarray(0, length), decoded)).toBe(clusterBytes);
    expect(Buffer.compare(decoded, cluster)).toBe(0);
  });

  it('writes into shared memory', () => {
    const encoder = new ClusterEncoder('zlib', clusterBytes);
    const into = new Uint8Array(new SharedArrayBuffer(encoder.maximumBytes));
    expect(encoder.encode(cluster, into)).toBeGreaterThan(0);
  });
});

describe('a runtime without zstd', () => {
  it('says so when a cluster is decoded or an encoder made', async () => {
    vi.resetModules();
    vi.doMock('node:zlib', async (original) => ({
      ...(await original<object>()),
      zstdDecompressSync: undefined,
    }));
    try {
      const older = await import('#engine/disks/qcow2/compressed-clusters.ts');
      const unsupported = { code: 'image.unsupported', details: { format: 'qcow2' } };
      expect(codeOf(() => older.zstdInto(new Uint8Array(8), new Uint8Array(512)))).toMatchObject(unsupported);
      expect(codeOf(() => new older.ClusterEncoder('zstd', 512))).toMatchObject(unsupported);
      expect(() => new older.ClusterEncoder('zlib', 512)).not.toThrow();
    } finally {
      vi.doUnmock('node:zlib');
      vi.resetModules();
    }
  });
});

function codeOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return null;
}
