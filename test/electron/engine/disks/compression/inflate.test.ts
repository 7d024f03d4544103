// Inflating with libdeflate, with a reused handle of node:zlib and by node:zlib's public way: the same answer from each.
import { deflateRawSync, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  inflateDamaged,
  inflateInto,
  inflateTooLong,
  plainInflate,
  reusedInflate,
} from '#engine/disks/compression/inflate.ts';
import { noise, prose } from '../../pattern.ts';

const plain = Buffer.concat([prose(40_000, 3), noise(20_000, 4), new Uint8Array(5536)]);
const framings = ['zlib', 'raw'] as const;
const cases = framings.flatMap((framing) => [
  {
    name: `${framing}, inflateInto`,
    framing,
    inflate: (encoded: Uint8Array, into: Uint8Array) => inflateInto(framing, encoded, into),
  },
  { name: `${framing}, reusedInflate`, framing, inflate: reusedInflate(framing)! },
  { name: `${framing}, plainInflate`, framing, inflate: plainInflate(framing) },
]);

it.each(framings)('the fast way of node:zlib is in use (%s)', (framing) => {
  expect(reusedInflate(framing)).not.toBeNull();
});

describe.each(cases)('$name', ({ framing, inflate }) => {
  const deflate = framing === 'zlib' ? deflateSync : deflateRawSync;
  const encoded = deflate(plain);

  it('fills the buffer, again and again', () => {
    for (let round = 0; round < 3; round++) {
      const into = new Uint8Array(plain.length);
      expect(inflate(encoded, into)).toBe(plain.length);
      expect(Buffer.compare(into, plain)).toBe(0);
    }
  });

  it('writes into shared memory and into a part of a buffer', () => {
    const whole = new Uint8Array(new SharedArrayBuffer(plain.length + 20));
    expect(inflate(encoded, whole.subarray(10, 10 + plain.length))).toBe(plain.length);
    expect(Buffer.compare(whole.slice(10, -10), plain)).toBe(0);
    expect([...whole.slice(0, 10), ...whole.slice(-10)].every((byte) => byte === 0)).toBe(true);
  });

  it('tells how much there is when that is less than the buffer', () => {
    const into = new Uint8Array(plain.length + 100);
    expect(inflate(encoded, into)).toBe(plain.length);
    expect(inflate(deflate(new Uint8Array(0)), into)).toBe(0);
  });

  it('ignores what follows the stream', () => {
    for (const tail of [Buffer.alloc(300, 0xab), encoded]) {
      const into = new Uint8Array(plain.length);
      expect(inflate(Buffer.concat([encoded, tail]), into)).toBe(plain.length);
      expect(Buffer.compare(into, plain)).toBe(0);
    }
  });

  it('refuses a stream that yields more than the buffer holds', () => {
    expect(inflate(encoded, new Uint8Array(plain.length - 1))).toBe(inflateTooLong);
    expect(inflate(encoded, new Uint8Array(1))).toBe(inflateTooLong);
    expect(inflate(deflate(Buffer.alloc(50 << 20)), new Uint8Array(1 << 16))).toBe(inflateTooLong);
  });

  it('refuses every stream that is cut off before it fills the buffer', () => {
    const short = deflate(Buffer.from('short'));
    for (let length = 0; length < short.length; length++) {
      expect(inflate(short.subarray(0, length), new Uint8Array(6))).toBe(inflateDamaged);
    }
    expect(inflate(short, new Uint8Array(6))).toBe(5);
  });

  it('refuses what is no stream, and goes on with the next', () => {
    expect(inflate(Buffer.alloc(100, 0xff), new Uint8Array(10))).toBe(inflateDamaged);
    expect(inflate(new Uint8Array(0), new Uint8Array(10))).toBe(inflateDamaged);
    expect(inflate(encoded, new Uint8Array(plain.length))).toBe(plain.length);
  });
});

describe.each(cases.filter(({ framing }) => framing === 'zlib'))('$name', ({ inflate }) => {
  it('refuses damage in the header, the data and the checksum, and a stream without them', () => {
    const encoded = deflateSync(plain);
    for (const at of [0, 1, 40, encoded.length - 1]) {
      const damaged = Buffer.from(encoded);
      damaged[at]! ^= 0x10;
      expect(inflate(damaged, new Uint8Array(plain.length))).toBe(inflateDamaged);
    }
    expect(inflate(encoded.subarray(0, -1), new Uint8Array(plain.length))).toBe(inflateDamaged);
    expect(inflate(deflateRawSync(plain), new Uint8Array(plain.length))).toBe(inflateDamaged);
  });
});

describe.each(cases.filter(({ framing }) => framing === 'raw'))('$name', ({ inflate }) => {
  it('takes a stream that lacks its end when it fills the buffer, as qemu does', () => {
    // The last byte holds the end of the block only.
    const stored = Buffer.concat([deflateRawSync(plain, { level: 0, finishFlush: 2 })]);
    const into = new Uint8Array(plain.length);
    expect(inflate(stored, into)).toBe(plain.length);
    expect(Buffer.compare(into, plain)).toBe(0);
    expect(inflate(stored, new Uint8Array(plain.length + 1))).toBe(inflateDamaged);
  });
});
