import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { GzipSource, isGzip, readGzipStart } from '#engine/archives/gzip.ts';
import { MemorySource } from '#engine/bytes/source.ts';
import { Failure } from '#shared/failure.ts';
import { failureOf, pattern, readAll, RecordingSource } from '../../../fixtures/packages/recording.ts';

const gzipOf = (bytes: Uint8Array, throwIfCancelled?: () => void): GzipSource =>
  new GzipSource(new MemorySource(bytes, 'disk.gz'), 'a.ova:disk', throwIfCancelled);
const data = Buffer.from(pattern(12_000_000));
const compressed = gzipSync(data, { level: 1 });

describe('GzipSource', () => {
  it('reads forward without knowing the size, and knows it when asked', () => {
    const source = gzipOf(compressed);
    const part = Buffer.alloc(1_000_003);
    for (let at = 0; at + part.length <= data.length; at += part.length) {
      source.read(at, part);
      expect(part.equals(data.subarray(at, at + part.length))).toBe(true);
    }
    expect(source.sizeBytes).toBe(data.length);
    expect([source.seekable, source.path]).toEqual([false, 'a.ova:disk']);
    expect([...source.runs({ start: 5, length: 1e9 })]).toEqual([
      { start: 5, length: data.length - 5, hole: false },
    ]);
  });

  it('reads anywhere, back and forth', () => {
    const source = gzipOf(compressed);
    let at = 7_777_777;
    for (let step = 0; step < 60; step++) {
      const part = Buffer.alloc(1 + ((step * 997) % 9000));
      source.read(at, part);
      expect(part.equals(data.subarray(at, at + part.length))).toBe(true);
      at = (at * 31 + 12_345) % (data.length - 10_000);
    }
  });

  it('starts at a checkpoint when it goes back, not at the beginning', () => {
    const long = gzipSync(Buffer.concat([data, data, data]), { level: 1 });
    const file = new RecordingSource(long);
    const source = new GzipSource(file, 'x');
    expect(source.sizeBytes).toBe(3 * data.length);
    const part = Buffer.alloc(100);
    // The first time back, zlib's pass has left nothing to begin at.
    source.read(20_000_000, part);
    source.read(34_000_000, part);
    file.reads.length = 0;
    source.read(17_000_000, part);
    expect(part.equals(data.subarray(5_000_000, 5_000_100))).toBe(true);
    const read = file.reads.reduce((sum, { length }) => sum + length, 0);
    expect(file.reads[0]!.start).toBeGreaterThan(long.length / 3);
    expect(read).toBeLessThan(long.length / 4);
  });

  it('does not look beyond what it needs', () => {
    const file = new RecordingSource(compressed);
    new GzipSource(file, 'x').read(0, Buffer.alloc(1000));
    expect(file.reads).toHaveLength(1);
    expect(file.reads[0]!.length).toBeLessThanOrEqual(256 << 10);
  });

  it('joins members, empty ones too, and leaves zeros at the end alone', () => {
    const members = ['one', '', 'two ', 'x'.repeat(70_000), ''].map((text) => gzipSync(text));
    const source = gzipOf(Buffer.concat([...members, new Uint8Array(1000)]));
    expect(readAll(source).toString()).toBe(`onetwo ${'x'.repeat(70_000)}`);
    const back = Buffer.alloc(6);
    source.read(1, back);
    expect(back.toString()).toBe('netwo ');
  });

  it('skips what a header may hold', () => {
    const plain = gzipSync('hello');
    const header = Buffer.from(plain.subarray(0, 10));
    header[3] = 2 | 4 | 8 | 16;
    const fields = Buffer.concat([
      Buffer.from([3, 0, 1, 2, 3]),
      Buffer.from('name\0comment\0'),
      Buffer.from([9, 9]),
    ]);
    expect(readAll(gzipOf(Buffer.concat([header, fields, plain.subarray(10)]))).toString()).toBe('hello');
  });

  it('is cancelled between steps', () => {
    let steps = 0;
    const source = gzipOf(compressed, () => {
      if (++steps > 5) throw new Failure('operation.cancelled', {});
    });
    expect(failureOf(() => source.sizeBytes).code).toBe('operation.cancelled');
  });

  it('closes the file', () => {
    const file = new RecordingSource(compressed);
    new GzipSource(file, 'x').close();
    expect(file.closed).toBe(1);
  });

  it('says where the end is when it is read beyond', () => {
    const source = gzipOf(gzipSync('hello'));
    expect(failureOf(() => source.read(3, new Uint8Array(4))).details).toEqual({
      path: 'a.ova:disk',
      neededBytes: 7,
      actualBytes: 5,
    });
    expect(failureOf(() => source.read(6, new Uint8Array(1))).code).toBe('image.truncated');
  });
});

describe('files that are wrong', () => {
  const small = gzipSync(pattern(5000));
  const changed = (at: number, byte: number): Buffer => {
    const bytes = Buffer.from(small);
    bytes[at < 0 ? bytes.length + at : at] = byte;
    return bytes;
  };

  it.each([
    ['ID', changed(0, 0x50)],
    ['CM', changed(2, 7)],
    ['FLG', changed(3, 0x80)],
    ['CRC32', changed(-8, small[small.length - 8]! ^ 1)],
    ['ISIZE', changed(-4, small[small.length - 4]! ^ 1)],
    ['ID', Buffer.concat([small, Buffer.from('garbage after the end')])],
    ['end', Buffer.concat([small, Buffer.alloc(100), Buffer.from('x')])],
  ])('%s', (field, bytes) => {
    const failure = failureOf(() => gzipOf(bytes).sizeBytes);
    expect(failure.code).toBe('image.malformed');
    expect(failure.details).toMatchObject({ format: 'gzip', field });
  });

  it('ends in a failure for every truncation', () => {
    for (let length = 0; length < small.length; length++) {
      expect(failureOf(() => gzipOf(small.subarray(0, length)).sizeBytes).code, `${length}`).toBe(
        'image.truncated',
      );
    }
  });

  it('needs little memory for much output', () => {
    // 256 MiB of zeros in a quarter of a megabyte.
    const bomb = gzipSync(new Uint8Array(64 << 20));
    const before = process.memoryUsage();
    const source = gzipOf(Buffer.concat([bomb, bomb, bomb, bomb]));
    expect(source.sizeBytes).toBe(256 << 20);
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(32 << 20);
  });
});

describe('looking at the start', () => {
  it('tells gzip from other files', () => {
    expect(isGzip(new MemorySource(compressed))).toBe(true);
    expect(isGzip(new MemorySource(pattern(100)))).toBe(false);
    expect(isGzip(new MemorySource(compressed.subarray(0, 3)))).toBe(false);
  });

  it('gives the first bytes and reads no more of the file', () => {
    const file = new RecordingSource(compressed);
    expect(Buffer.from(readGzipStart(file, 100_000)).equals(data.subarray(0, 100_000))).toBe(true);
    expect(file.reads).toHaveLength(1);
    expect(Buffer.from(readGzipStart(new MemorySource(gzipSync('short')), 1000)).toString()).toBe('short');
  });
});
