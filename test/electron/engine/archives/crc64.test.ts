import { expect, it } from 'vitest';
import { Crc64 } from '#engine/archives/crc64.ts';
import { noise } from '../pattern.ts';

const of = (...parts: readonly Uint8Array[]): string => {
  const crc = new Crc64();
  for (const part of parts) crc.update(part);
  const { low, high } = crc.value();
  return [high, low].map((half) => half.toString(16).padStart(8, '0')).join('');
};

it('gives the check value of CRC-64/XZ', () => {
  expect(of(Buffer.from('123456789'))).toBe('995dc9bbdf1939fa');
  expect(of()).toBe('0000000000000000');
});

it('does not mind where its input is cut', () => {
  const bytes = noise(1001);
  for (const at of [0, 1, 2, 3, 500, 1001])
    expect(of(bytes.subarray(0, at), bytes.subarray(at))).toBe(of(bytes));
});
