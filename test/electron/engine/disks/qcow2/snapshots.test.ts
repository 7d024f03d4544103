// The snapshot table and the bitmap directory, as large and as broken as files may make them.
import { describe, expect, it } from 'vitest';
import { inWords } from '#shared/text/in-words.ts';
import { Failure } from '#shared/failure.ts';
import { imageOf, shapeOf } from './memory-sink.ts';
import { openBytes } from './whole-disk.ts';

const clusterBytes = 512;
const base = imageOf(shapeOf(1 << 20, 'plain', { cluster_size: clusterBytes }), []);

interface Entry {
  readonly id?: string;
  readonly name?: string;
  readonly seconds?: number;
  readonly nanoseconds?: number;
  readonly extra?: Uint8Array;
  readonly extraSize?: number;
  readonly nameSize?: number;
}

/** The base image with a snapshot table behind all else. */
function withSnapshots(entries: readonly Entry[], count = entries.length): Uint8Array {
  const parts = entries.map(encodeEntry);
  const image = Buffer.concat([base, ...parts]);
  image.writeUInt32BE(count, 60);
  image.writeBigUInt64BE(BigInt(base.length), 64);
  return image;
}

function encodeEntry(entry: Entry): Uint8Array {
  const { id = '1', name = '', seconds = 0, nanoseconds = 0, extra = new Uint8Array(0) } = entry;
  const variable = Buffer.concat([extra, Buffer.from(id), Buffer.from(name)]);
  const bytes = Buffer.alloc(Math.ceil((40 + variable.length) / 8) * 8);
  bytes.writeUInt16BE(Buffer.byteLength(id), 12);
  bytes.writeUInt16BE(entry.nameSize ?? Buffer.byteLength(name), 14);
  bytes.writeUInt32BE(seconds, 16);
  bytes.writeUInt32BE(nanoseconds, 20);
  bytes.writeUInt32BE(entry.extraSize ?? extra.length, 36);
  bytes.set(variable, 40);
  return bytes;
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
  return 'read';
}

describe('the snapshot table', () => {
  it('is read with and without extra data', () => {
    const extra = Buffer.alloc(24);
    extra.writeBigUInt64BE(777n, 8);
    const image = withSnapshots([
      { id: '1', name: 'first', seconds: 1_700_000_000, nanoseconds: 123_456_789 },
      { id: 'two', name: 'ünnamed', extra, seconds: 1 },
      { id: '', name: '' },
    ]);
    expect(openBytes(image).snapshots).toEqual([
      { id: '1', name: 'first', createdAt: '2023-11-14T22:13:20.123Z', virtualSizeBytes: 1 << 20 },
      { id: 'two', name: 'ünnamed', createdAt: '1970-01-01T00:00:01.000Z', virtualSizeBytes: 777 },
      { id: '', name: '', createdAt: null, virtualSizeBytes: 1 << 20 },
    ]);
  });

  it('may have 65,535 entries', () => {
    const entries = Array.from({ length: 65535 }, (_, index) => ({
      id: `${index}`,
      name: `snapshot ${index}`,
    }));
    const { snapshots } = openBytes(withSnapshots(entries));
    expect(snapshots.length).toBe(65535);
    expect(snapshots.at(-1)).toMatchObject({ id: '65534', name: 'snapshot 65534' });
  });

  it('ends in a Failure where it is longer than the file, or than any table', () => {
    expect(codeOf(() => openBytes(withSnapshots([{ name: 'one' }], 2)))).toBe('image.truncated');
    expect(codeOf(() => openBytes(withSnapshots([{ nameSize: 65535 }])))).toBe('image.truncated');
    expect(codeOf(() => openBytes(withSnapshots([{ extraSize: 1025 }])))).toBe('image.malformed');
    expect(codeOf(() => openBytes(withSnapshots([{ extraSize: 0xffffffff }])))).toBe('image.malformed');
    // 1,100 names of 64 KiB are more than 64 MiB.
    const long = { name: 'x'.repeat(65535) };
    expect(codeOf(() => openBytes(withSnapshots(Array.from({ length: 1100 }, () => long))))).toBe(
      'image.malformed',
    );
  });
});

describe('the bitmap directory', () => {
  interface Directory {
    readonly count?: number;
    readonly size?: number;
    readonly offset?: number;
    readonly granularityBits?: number;
    readonly nameSize?: number;
  }
  /** One bitmap called "daily", with what is to be wrong about it. */
  function withBitmap(directory: Directory, names: readonly string[] = ['daily']): Uint8Array {
    const entries = names.map((name) => {
      const entry = Buffer.alloc(Math.ceil((24 + name.length) / 8) * 8);
      entry.writeUInt32BE(2, 12);
      entry[16] = 1;
      entry[17] = directory.granularityBits ?? 16;
      entry.writeUInt16BE(directory.nameSize ?? name.length, 18);
      entry.write(name, 24);
      return entry;
    });
    const image = Buffer.concat([base, ...entries]);
    const size = entries.reduce((sum, { length }) => sum + length, 0);
    image.writeBigUInt64BE(1n, 88);
    image.writeUInt32BE(0x23852875, 104);
    image.writeUInt32BE(24, 108);
    image.writeUInt32BE(directory.count ?? names.length, 112);
    image.writeBigUInt64BE(BigInt(directory.size ?? size), 120);
    image.writeBigUInt64BE(BigInt(directory.offset ?? base.length), 128);
    return image;
  }

  it('is listed, the first fifty of it', () => {
    const one = openBytes(withBitmap({})).facts.filter(({ label }) => inWords(label).includes('itmap'));
    expect(one).toEqual([{ label: 'Bitmap', value: 'daily, 65536 bytes a bit, enabled' }]);
    const names = Array.from({ length: 300 }, (_, index) => `bitmap ${index}`);
    const many = openBytes(withBitmap({}, names)).facts.filter(({ label }) =>
      inWords(label).includes('itmap'),
    );
    expect(many.length).toBe(51);
    expect(many.at(-1)).toEqual({ label: 'Further bitmaps', value: '250' });
  });

  it.each([
    ['of no bitmaps', { count: 0 }, 'image.malformed'],
    ['of 65,536 bitmaps', { count: 65536 }, 'image.malformed'],
    ['too small for its bitmaps', { count: 3 }, 'image.malformed'],
    ['of 2^40 bytes', { size: 2 ** 40 }, 'image.malformed'],
    ['between clusters', { offset: 520 }, 'image.malformed'],
    ['within the header', { offset: 0 }, 'image.malformed'],
    ['beyond the file', { offset: 2 ** 40 }, 'image.truncated'],
    ['with a name that leaves it', { nameSize: 1023 }, 'image.malformed'],
    ['with 2^64 bytes a bit', { granularityBits: 64 }, 'image.malformed'],
  ])('%s ends in a Failure', (_title, directory, code) => {
    expect(codeOf(() => openBytes(withBitmap(directory)))).toBe(code);
  });
});
