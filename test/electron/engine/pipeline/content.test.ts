import { describe, expect, it } from 'vitest';
import { ChunkContent, ContentChain } from '#engine/pipeline/content.ts';
import { noise } from '../pattern.ts';

type Units = readonly (readonly [virtualOffset: number, unit: Uint8Array])[];

function digestOf(units: Units): string {
  const content = new ChunkContent();
  for (const [at, unit] of units) content.addSampledUnit(at, unit);
  return Buffer.from(content.finish()).toString('hex');
}

/** `unit` with one byte changed. */
function changed(unit: Uint8Array, index: number): Uint8Array {
  const other = unit.slice();
  other[index]! ^= 1;
  return other;
}

describe('ChunkContent', () => {
  const unit = noise(3 * 65536);

  it('sees places, and the first 2 KiB of each 64 KiB of the disk', () => {
    const digest = digestOf([[65536, unit]]);
    for (const index of [0, 2047, 65536, 2 * 65536 + 1024]) {
      expect(digestOf([[65536, changed(unit, index)]])).not.toBe(digest);
    }
    expect(digestOf([[65536, changed(unit, 2048)]])).toBe(digest);
    expect(digestOf([[2 ** 45, unit]])).not.toBe(digest);
    expect(digestOf([])).not.toBe(digest);
  });

  it('has its samples on the grid of the disk, whatever the unit', () => {
    const small = noise(4096);
    expect(digestOf([[4096, changed(small, 0)]])).toBe(digestOf([[4096, small]]));
    expect(digestOf([[65536, changed(small, 0)]])).not.toBe(digestOf([[65536, small]]));
    const long = noise(65536);
    expect(digestOf([[32768, changed(long, 32768)]])).not.toBe(digestOf([[32768, long]]));
  });

  it('takes any number of units and begins anew after each digest', () => {
    const content = new ChunkContent();
    for (let at = 0; at < 4096; at++) content.addSampledUnit(at * 65536, unit.subarray(0, 65536));
    content.finish();
    content.addSampledUnit(65536, unit);
    expect(Buffer.from(content.finish()).toString('hex')).toBe(digestOf([[65536, unit]]));
  });
});

it('the chain depends on the order, and goes on from its state', () => {
  const [first, second] = [noise(32, 1), noise(32, 2)];
  const chain = new ContentChain();
  chain.add(first);
  const resumed = new ContentChain(chain.state);
  chain.add(second);
  resumed.add(second);
  expect(resumed.state).toEqual(chain.state);
  const other = new ContentChain();
  other.add(second);
  other.add(first);
  expect(other.state).not.toEqual(chain.state);
});
