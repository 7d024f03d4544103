import { describe, expect, it } from 'vitest';
import { decompressStart, openDecompressed, probeCompression } from '#engine/archives/compressions.ts';
import { MemorySource, type ByteSource } from '#engine/bytes/source.ts';
import { Failure } from '#shared/failure.ts';
import { failureOf, readAll, RecordingSource } from '../../../fixtures/packages/recording.ts';
import { describeWith } from '../../../setup/tools.ts';
import { noise } from '../pattern.ts';
import { filter, mixture, readForward } from './compressed-files.ts';

const data = mixture(5_000_000);
const small = mixture(6000);
const tools = ['gzip', 'xz', 'zstd', 'bzip2', 'lz4'] as const;

const opened = (bytes: Uint8Array): ByteSource => openDecompressed(new MemorySource(bytes, 'disk.x'))!;

/** Every way in which the programs write their formats. */
const ways: readonly (readonly [string, string, string, readonly string[]])[] = [
  ['gzip', 'gzip', 'gzip', ['-c']],
  ['gzip -1', 'gzip', 'gzip', ['-1', '-c']],
  ['xz -0', 'xz', 'xz', ['-0', '-c']],
  ['xz -6', 'xz', 'xz', ['-6', '-c']],
  ['xz in blocks, SHA-256', 'xz', 'xz', ['-1', '-T2', '--block-size=700KiB', '-C', 'sha256', '-c']],
  ['xz with CRC-32', 'xz', 'xz', ['-2', '-C', 'crc32', '-c']],
  ['xz without a check', 'xz', 'xz', ['-2', '-C', 'none', '-c']],
  ['xz with lc 0, lp 2, pb 4', 'xz', 'xz', ['--lzma2=preset=1,lc=0,lp=2,pb=4', '-c']],
  ['lzma', 'lzma', 'xz', ['--format=lzma', '-2', '-c']],
  ['zstd', 'zstd', 'zstd', ['-q', '-c']],
  ['zstd -12', 'zstd', 'zstd', ['-q', '-12', '-c']],
  ['zstd without a checksum', 'zstd', 'zstd', ['-q', '--no-check', '-c']],
  ['bzip2 -1', 'bzip2', 'bzip2', ['-1', '-c']],
  ['bzip2 -9', 'bzip2', 'bzip2', ['-9', '-c']],
  ['lz4', 'lz4', 'lz4', ['-q', '-c']],
  ['lz4, linked blocks with checksums', 'lz4', 'lz4', ['-q', '-c', '-BD', '-BX', '-B4']],
  ['lz4 -9 without checksum', 'lz4', 'lz4', ['-q', '-9', '--no-frame-crc', '-c']],
  ['legacy lz4', 'lz4', 'lz4', ['-q', '-l', '-c']],
];

describeWith(tools, 'files of the programs that define the formats', () => {
  it.each(ways)('%s', (_, id, program, args) => {
    const packed = filter(program, args, data);
    expect(probeCompression(new MemorySource(packed))?.id).toBe(id);
    expect(readForward(opened(packed), data.length).equals(data)).toBe(true);
    const source = opened(packed);
    expect(source.sizeBytes).toBe(data.length);
    expect(source.seekable).toBe(false);
    const part = Buffer.alloc(3000);
    for (const at of [4_990_000, 17, 2_500_000, 2_400_000, 4_000_000]) {
      source.read(at, part);
      expect(part.equals(data.subarray(at, at + part.length)), `at ${at}`).toBe(true);
    }
    expect(failureOf(() => source.read(data.length - 1, new Uint8Array(2))).code).toBe('image.truncated');
    const start = decompressStart(new MemorySource(packed), 100_000)!;
    expect(Buffer.from(start).equals(data.subarray(0, 100_000))).toBe(true);
  });

  it.each(ways.filter(([, id]) => id !== 'lzma'))(
    '%s: several in a row, and nothing in one',
    (_, id, program, args) => {
      const packed = [small, Buffer.alloc(0), data.subarray(0, 70_000)].map((part) =>
        filter(program, args, part),
      );
      const source = opened(Buffer.concat(packed));
      expect(readAll(source).equals(Buffer.concat([small, data.subarray(0, 70_000)])), id).toBe(true);
      // An empty legacy frame is four bytes, which nobody could tell from four bytes of a disk.
      if (!args.includes('-l')) expect(opened(packed[1]!).sizeBytes).toBe(0);
    },
  );

  it.each(ways)('%s: a failure for every truncation', (_, id, program, args) => {
    const packed = filter(program, args, small);
    for (let length = 0; length < packed.length; length += length < 40 ? 1 : 23) {
      const source = openDecompressed(new MemorySource(packed.subarray(0, length), 'cut'));
      if (source === null) continue;
      // A legacy frame has no end of its own: cut between blocks it is whole.
      const isWhole = id === 'lz4' && args.includes('-l') && length === 4;
      const code = isWhole ? null : failureOf(() => readAll(source)).code;
      expect(['image.truncated', 'image.malformed', null], `${length}`).toContain(code);
    }
  });

  it.each(ways)('%s: the same bytes or a failure for every flipped bit', (_, id, program, args) => {
    const hasChecksum =
      id !== 'lzma' && !args.some((arg) => /^(none|--no-check|--no-frame-crc|-l)$/.test(arg));
    const packed = filter(program, args, small);
    for (let bit = 0; bit < packed.length * 8; bit += bit < 200 ? 1 : 149) {
      const changed = Buffer.from(packed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const source = openDecompressed(new MemorySource(changed, 'flipped'));
      if (source === null) continue;
      let all: Buffer | null = null;
      try {
        const { sizeBytes } = source;
        // A size out of a table is a claim until the data bear it out.
        if (sizeBytes < 1 << 20) all = readAll(source);
        else source.read(sizeBytes - 1, new Uint8Array(1));
      } catch (error) {
        expect(error).toBeInstanceOf(Failure);
        expect((error as Failure).code, `${bit}`).toMatch(/^image\./);
      }
      if (all !== null && hasChecksum) expect(all.equals(small), `bit ${bit}`).toBe(true);
    }
  });

  it('knows sizes from tables where there are any, without decoding', () => {
    const blocks = filter('xz', ['-1', '--block-size=500KiB', '-c'], noise(4 << 20));
    const file = new RecordingSource(blocks);
    const source = openDecompressed(file)!;
    expect(source.sizeBytes).toBe(4 << 20);
    expect(file.reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(blocks.length / 4);
    file.reads.length = 0;
    source.read(3 << 20, new Uint8Array(10));
    expect(Math.min(...file.reads.map(({ start }) => start))).toBeGreaterThan(blocks.length / 2);
  });

  it.each(ways.filter(([, id]) => id !== 'lzma' && id !== 'xz'))(
    '%s: zeros at the end',
    (_, id, program, args) => {
      const packed = filter(program, args, small);
      expect(readAll(opened(Buffer.concat([packed, Buffer.alloc(777)]))).equals(small), id).toBe(true);
      const more = Buffer.concat([packed, Buffer.alloc(777), Buffer.from('x')]);
      expect(failureOf(() => readAll(opened(more))).code).toBe('image.malformed');
    },
  );

  it('takes zeros between and after xz streams, four at a time', () => {
    const packed = filter('xz', ['-0', '-c'], small);
    const padded = Buffer.concat([packed, Buffer.alloc(8), packed, Buffer.alloc(100_000)]);
    expect(readAll(opened(padded)).equals(Buffer.concat([small, small]))).toBe(true);
    const odd = Buffer.concat([packed, Buffer.alloc(3)]);
    expect(failureOf(() => opened(odd).sizeBytes).details).toMatchObject({ structure: 'stream padding' });
  });

  it('skips what zstd and lz4 skip', () => {
    const skipped = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const zstd = filter('zstd', ['-q', '-c'], small);
    expect(readAll(opened(Buffer.concat([skipped, zstd, skipped]))).equals(small)).toBe(true);
    const lz4 = filter('lz4', ['-q', '-c'], small);
    expect(readAll(opened(Buffer.concat([lz4, skipped, lz4]))).length).toBe(2 * small.length);
  });

  it('says which filter of xz it does not undo', () => {
    const packed = filter('xz', ['--x86', '--lzma2=preset=0', '-c'], small);
    expect(failureOf(() => readAll(opened(packed))).details).toEqual({
      format: 'xz',
      feature: 'the filter BCJ (x86)',
    });
  });

  it('refuses dictionaries and windows that are absurd', () => {
    const long = filter('zstd', ['-q', '--long=30', '-c'], small);
    expect(failureOf(() => readAll(opened(long))).details).toMatchObject({ format: 'zstd' });
    const lzma = filter('xz', ['--format=lzma', '--lzma1=preset=0,dict=512MiB', '-c'], small);
    expect(failureOf(() => readAll(opened(lzma))).details).toMatchObject({ format: 'lzma' });
    // What the dictionary could hold at most is what the block yields: 64 MiB claimed, 6,000 bytes needed.
    const claimed = filter('xz', ['--lzma2=preset=0,dict=1GiB', '-c'], small);
    expect(readAll(opened(claimed)).equals(small)).toBe(true);
  });

  it('needs little memory for bombs', () => {
    const zeros = Buffer.alloc(48 << 20);
    for (const [program, args] of [
      ['xz', ['-1', '-c']],
      ['zstd', ['-q', '-c']],
      ['lz4', ['-q', '-c']],
    ] as const) {
      const packed = filter(program, args, zeros);
      const before = process.memoryUsage().arrayBuffers;
      const source = opened(packed);
      const last = Buffer.alloc(1);
      source.read(zeros.length - 1, last);
      expect(process.memoryUsage().arrayBuffers - before, program).toBeLessThan(40 << 20);
      expect(source.sizeBytes).toBe(zeros.length);
    }
  });
});

describe('what is not compressed', () => {
  it.each([
    ['nothing', new Uint8Array(0)],
    ['noise', noise(5000)],
    ['zeros', new Uint8Array(5000)],
    ['a text that begins like bzip2', Buffer.from('BZh9 is how it begins, says the manual')],
    [
      '.lzma with an odd dictionary',
      Buffer.from([0x5d, 1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 1, 2, 3, 4, 5]),
    ],
  ])('%s', (_, bytes) => {
    const file = new RecordingSource(bytes);
    expect(openDecompressed(file)).toBeNull();
    expect(decompressStart(file, 10)).toBeNull();
    expect(file.closed).toBe(0);
  });

  it('closes the file with what was opened on it', () => {
    const file = new RecordingSource(
      Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    );
    const source = openDecompressed(file)!;
    expect(source.sizeBytes).toBe(0);
    source.close();
    expect(file.closed).toBe(1);
  });
});
