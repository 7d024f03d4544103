// Merging stripes: what is split by the same rule comes back, and one bit changes all of it.
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { mergeStripes } from '#engine/disks/encryption/anti-forensic.ts';
import { noise } from '../../pattern.ts';

/** The diffusion of the LUKS specification, written down once more. */
function diffused(block: Uint8Array, hash: string): Uint8Array {
  const digestBytes = createHash(hash).digest().length;
  const parts: Uint8Array[] = [];
  for (let at = 0, number = 0; at < block.length; at += digestBytes, number++) {
    const part = block.subarray(at, at + digestBytes);
    const digest = createHash(hash)
      .update(Buffer.from([0, 0, 0, number]))
      .update(part)
      .digest();
    parts.push(digest.subarray(0, part.length));
  }
  return Buffer.concat(parts);
}

it.each(['sha1', 'sha256', 'sha512'])('%s', (hash) => {
  const key = noise(64, 1);
  const stripes = 7;
  const material = noise(64 * stripes, 2).slice();
  let mixed: Uint8Array = new Uint8Array(64);
  for (let stripe = 0; stripe < stripes - 1; stripe++) {
    const block = material.subarray(stripe * 64, stripe * 64 + 64);
    mixed = diffused(
      mixed.map((byte, index) => byte ^ block[index]!),
      hash,
    );
  }
  material.set(
    mixed.map((byte, index) => byte ^ key[index]!),
    64 * (stripes - 1),
  );
  expect(Buffer.compare(mergeStripes(material, 64, stripes, hash), key)).toBe(0);
  material[5]! ^= 1;
  expect(Buffer.compare(mergeStripes(material, 64, stripes, hash), key)).not.toBe(0);
});
