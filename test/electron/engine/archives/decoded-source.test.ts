import { expect, it } from 'vitest';
import { DecodedSource, reaches, readStart, type CompressedStream } from '#engine/archives/decoded-source.ts';
import { MemorySource } from '#engine/bytes/source.ts';
import { failureOf, readAll } from '../../../fixtures/packages/recording.ts';
import { prose } from '../pattern.ts';

const plain = prose(20 << 20);

/** A stream that can be entered at every 4 MiB, and counts what it decodes. */
function stream(sizeBytes: number, statedBytes: number | null = null) {
  const decoded = { bytes: 0, restarts: [] as number[] };
  const made: CompressedStream = {
    statedBytes: () => statedBytes,
    restartBefore: (outputOffset) => Math.floor(outputOffset / (4 << 20)) * (4 << 20),
    decoderAt(restart) {
      let at = restart;
      decoded.restarts.push(restart);
      return {
        decode(into) {
          const count = Math.min(into.length, sizeBytes - at, 60_000);
          into.set(plain.subarray(at, at + count));
          at += count;
          decoded.bytes += count;
          return count;
        },
      };
    },
  };
  return { decoded, source: new DecodedSource(new MemorySource(new Uint8Array(1)), 'x', made) };
}

it('keeps a few MiB at hand, and goes further back at a restart point', () => {
  const { source, decoded } = stream(plain.length);
  const part = new Uint8Array(1000);
  const check = (at: number): void => {
    source.read(at, part);
    expect(Buffer.compare(part, plain.subarray(at, at + part.length))).toBe(0);
  };
  for (let at = 0; at < 18 << 20; at += 1 << 20) check(at);
  expect(decoded.restarts.filter((restart) => restart === 0)).toEqual([0]);
  const before = decoded.bytes;
  check(15 << 20);
  expect(decoded.bytes).toBe(before);
  check(5 << 20);
  expect(decoded.restarts[decoded.restarts.length - 1]).toBe(4 << 20);
  expect(decoded.bytes - before).toBeLessThan(2 << 20);
});

it('keeps both ends at hand: looking at them in turn decodes everything once', () => {
  const { source, decoded } = stream(plain.length, plain.length);
  source.read(0, new Uint8Array(1 << 20));
  const part = new Uint8Array(5000);
  for (const at of [0, plain.length - 5000, 70_000, plain.length - 100_000, 1_000_000, plain.length - 512]) {
    const into = part.subarray(0, Math.min(part.length, plain.length - at));
    source.read(at, into);
    expect(Buffer.compare(into, plain.subarray(at, at + into.length))).toBe(0);
  }
  // The way to the end begins at the restart point before it.
  expect(decoded.restarts).toHaveLength(2);
  source.read(2 << 20, part);
  expect(Buffer.compare(part, plain.subarray(2 << 20, (2 << 20) + part.length))).toBe(0);
  expect(decoded.restarts).toHaveLength(3);
});

it('jumps ahead over what need not be decoded', () => {
  const { source, decoded } = stream(plain.length, plain.length);
  source.read(17 << 20, new Uint8Array(10));
  expect(decoded.bytes).toBeLessThan(2 << 20);
});

it('knows whether there is enough without asking for the size', () => {
  const { source, decoded } = stream(plain.length);
  expect(reaches(source, 100_000)).toBe(true);
  expect(decoded.bytes).toBeLessThan(1 << 20);
  expect(Buffer.from(readStart(source, 5000)).equals(plain.subarray(0, 5000))).toBe(true);
  expect(reaches(source, plain.length)).toBe(true);
  expect(reaches(source, plain.length + 1)).toBe(false);
  const short = stream(100).source;
  expect(readStart(short, 5000)).toHaveLength(100);
});

it.each([999, 1001])('finds out that a stated size of %i is not the true one', (stated) => {
  expect(failureOf(() => readAll(stream(1000, stated).source)).code).toBe('image.malformed');
});

it('ends where it ends', () => {
  const { source } = stream(1000);
  expect(failureOf(() => source.read(990, new Uint8Array(20))).details).toEqual({
    path: 'x',
    neededBytes: 1010,
    actualBytes: 1000,
  });
  expect([...source.runs({ start: 900, length: 500 })]).toEqual([{ start: 900, length: 100, hole: false }]);
});
