import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  InflateError,
  Inflater,
  historyBytes,
  outputSlackBytes,
  type BitInput,
} from '#engine/archives/inflate.ts';
import { pattern } from '../../../fixtures/packages/recording.ts';

/** All of `bytes` at once, or in pieces of `chunk`. */
function inputOf(bytes: Uint8Array, chunk = bytes.length): BitInput {
  let next = 0;
  return {
    bytes: new Uint8Array(Math.max(chunk, 64) + 16),
    end: 0,
    position: 0,
    refill() {
      const used = Math.min(this.position >>> 3, this.end);
      this.bytes.copyWithin(0, used, this.end);
      this.end -= used;
      this.position -= used * 8;
      const count = Math.min(this.bytes.length - 16 - this.end, bytes.length - next);
      if (count <= 0) return false;
      this.bytes.set(bytes.subarray(next, next + count), this.end);
      this.end += count;
      next += count;
      return true;
    },
  };
}

/** Decodes in steps of `step` bytes through a window, as gzip does. */
function inflate(bytes: Uint8Array, step = 4096, chunk?: number): Buffer {
  const inflater = new Inflater(inputOf(bytes, chunk));
  const window = new Uint8Array(historyBytes + step + outputSlackBytes);
  const parts: Buffer[] = [];
  let end = 0;
  while (!inflater.ended) {
    if (end >= historyBytes + step) {
      window.copyWithin(0, end - historyBytes, end);
      end = historyBytes;
    }
    const from = end;
    end = inflater.decode(window, from, historyBytes + step, 0);
    parts.push(Buffer.from(window.subarray(from, end)));
  }
  return Buffer.concat(parts);
}

const problemOf = (bytes: Uint8Array): InflateError => {
  try {
    inflate(bytes);
  } catch (error) {
    if (error instanceof InflateError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

const inputs: [string, Uint8Array][] = [
  ['nothing', new Uint8Array(0)],
  ['one byte', Buffer.from('x')],
  ['zeros', new Uint8Array(300_000)],
  ['text', Buffer.from('the quick brown fox jumps over the lazy dog. '.repeat(3000))],
  ['noise and patterns', pattern(400_000)],
  ['a long way back', Buffer.concat([pattern(32_768, 3), pattern(32_768, 3), pattern(70_000, 3)])],
  ['all byte values', Uint8Array.from({ length: 70_000 }, (_, at) => (at * 7919) >>> 3)],
];

describe.each(inputs)('%s', (_, data) => {
  it.each([
    ['stored', { level: 0 }],
    ['fast', { level: 1 }],
    ['best', { level: 9 }],
    ['fixed codes', { strategy: constants.Z_FIXED }],
    ['Huffman only', { strategy: constants.Z_HUFFMAN_ONLY }],
    ['runs', { strategy: constants.Z_RLE }],
    ['a small window', { windowBits: 9, memLevel: 1 }],
  ])('comes back from %s', (_method, options) => {
    const deflated = deflateRawSync(data, options);
    expect(inflate(deflated).equals(data)).toBe(true);
    expect(inflate(deflated, 100, 64).equals(data)).toBe(true);
  });
});

describe('streams that are wrong', () => {
  it('says what is wrong, as RFC 1951 has it', () => {
    expect(problemOf(Uint8Array.of(0b111)).message).toBe('there is no block type 3');
    expect(problemOf(Uint8Array.of(1, 5, 0, 0, 0)).message).toBe('a stored block has a wrong length');
    // Fixed codes: a match of length 3 at distance 1 with nothing before it.
    expect(problemOf(Uint8Array.of(0b011, 0b00000010, 0, 0)).message).toMatch(/reaches back|unknown/);
  });

  it('ends in an error for every truncation, never in wrong bytes', () => {
    const deflated = deflateRawSync(pattern(3000));
    for (let length = 0; length < deflated.length; length++) {
      expect(problemOf(deflated.subarray(0, length)).truncated, `cut at ${length}`).toBe(true);
    }
  });

  it('agrees with zlib on every flipped bit', () => {
    const data = pattern(1500);
    for (const options of [{ level: 9 }, { strategy: constants.Z_FIXED }]) {
      const deflated = deflateRawSync(data, options);
      for (let bit = 0; bit < deflated.length * 8; bit++) {
        const flipped = new Uint8Array(deflated);
        flipped[bit >>> 3]! ^= 1 << (bit & 7);
        const theirs = attempt(() => inflateRawSync(flipped, { maxOutputLength: 1 << 24 }));
        const ours = attempt(() => inflate(flipped));
        expect(ours?.toString('hex'), `bit ${bit}`).toBe(theirs?.toString('hex'));
      }
    }
  });
});

describe('save and restore', () => {
  it('goes on from anywhere', () => {
    const data = pattern(500_000);
    const deflated = deflateRawSync(data);
    const input = inputOf(deflated);
    input.refill();
    const inflater = new Inflater(input);
    const output = new Uint8Array(data.length + outputSlackBytes);
    let end = 0;
    while (!inflater.ended) {
      const state = inflater.save();
      const here = {
        bytes: input.bytes.slice(),
        end: input.end,
        position: input.position,
        refill: () => false,
      };
      const before = end;
      end = inflater.decode(output, end, Math.min(end + 10_007, data.length + 1), 0);
      const copy = output.slice();
      const other = new Inflater(here);
      other.restore(state);
      expect(other.decode(copy, before, Math.min(before + 10_007, data.length + 1), 0)).toBe(end);
      expect(Buffer.compare(copy.subarray(before, end), data.subarray(before, end))).toBe(0);
    }
    expect(Buffer.compare(output.subarray(0, end), data)).toBe(0);
  });
});

function attempt(action: () => Buffer): Buffer | null {
  try {
    return action();
  } catch {
    return null;
  }
}
