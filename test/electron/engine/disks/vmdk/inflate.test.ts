import { deflateRawSync, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inflateInto, plainInflate } from '#engine/disks/vmdk/inflate.ts';
import { grainOf } from './sparse-image.ts';

const plain = grainOf(3);
const encoded = deflateSync(plain);

describe.each([
  { name: 'inflateInto', inflate: inflateInto },
  { name: 'plainInflate', inflate: plainInflate },
])('$name', ({ inflate }) => {
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
  });

  it('ignores what follows the stream', () => {
    const followed = Buffer.concat([encoded, Buffer.alloc(300, 0xab)]);
    expect(inflate(followed, new Uint8Array(plain.length))).toBe(plain.length);
  });

  it('refuses a stream that yields more than the buffer holds', () => {
    expect(inflate(encoded, new Uint8Array(plain.length - 1))).toBe(-1);
    expect(inflate(encoded, new Uint8Array(1))).toBe(-1);
    expect(inflate(deflateSync(Buffer.alloc(50 << 20)), new Uint8Array(1 << 16))).toBe(-1);
  });

  it('refuses every stream that is cut off', () => {
    const short = deflateSync(Buffer.from('short'));
    for (let length = 0; length < short.length; length++) {
      expect(inflate(short.subarray(0, length), new Uint8Array(5))).toBe(-1);
    }
  });

  it('refuses damage: in the header, the data and the checksum, and a stream without them', () => {
    for (const at of [0, 1, 40, encoded.length - 1]) {
      const damaged = Buffer.from(encoded);
      damaged[at]! ^= 0x10;
      expect(inflate(damaged, new Uint8Array(plain.length))).toBe(-1);
    }
    expect(inflate(deflateRawSync(plain), new Uint8Array(plain.length))).toBe(-1);
    expect(inflate(encoded, new Uint8Array(plain.length))).toBe(plain.length);
  });
});
