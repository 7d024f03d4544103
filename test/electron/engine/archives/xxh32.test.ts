import { expect, it } from 'vitest';
import { Xxh32, xxh32 } from '#engine/archives/xxh32.ts';
import { noise } from '../pattern.ts';

it.each([
  ['', 0x02cc5d05],
  ['a', 0x550d7456],
  ['abc', 0x32d153ff],
  ['Nobody inspects the spammish repetition', 0xe2293b2f],
])('gives the known value of %j', (text, expected) => {
  expect(xxh32(Buffer.from(text))).toBe(expected);
});

it('does not mind where its input is cut', () => {
  const bytes = noise(1001);
  for (const at of [0, 1, 15, 16, 17, 500, 1001]) {
    const hash = new Xxh32();
    hash.update(bytes.subarray(0, at));
    hash.update(bytes.subarray(at));
    expect(hash.digest()).toBe(xxh32(bytes));
  }
});
