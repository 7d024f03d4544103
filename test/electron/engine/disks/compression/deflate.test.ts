// Deflating with every codec: streams that node:zlib inflates to the same, the same bytes each time, and never too long.
import { inflateRawSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  deflateBound,
  deflater,
  plainDeflate,
  reusedDeflate,
  type DeflateSettings,
} from '#engine/disks/compression/deflate.ts';
import { noise, prose } from '../../pattern.ts';

const settings: readonly DeflateSettings[] = [
  { framing: 'zlib', level: { libdeflate: 4, zlib: 6 } },
  { framing: 'raw', level: { libdeflate: 1, zlib: 1 } },
];

const units = [prose(65536, 1), noise(65536, 2), new Uint8Array(65536), prose(65536, 1), prose(1000, 4)];

describe.each(settings)('%o', (setting) => {
  const inflate = setting.framing === 'zlib' ? inflateSync : inflateRawSync;

  it.each([
    ['deflater', deflater(setting)],
    ['reusedDeflate', reusedDeflate(setting)!],
    ['plainDeflate', plainDeflate(setting)],
  ])('%s makes streams that inflate to the same, the same ones whatever came before', (_name, compressor) => {
    const made = units.map((plain) => {
      const into = new Uint8Array(new SharedArrayBuffer(deflateBound(plain.length)));
      const length = compressor.compress(plain, into);
      expect(length).toBeGreaterThan(0);
      const encoded = Buffer.from(into.slice(0, length));
      expect(Buffer.compare(inflate(encoded), plain)).toBe(0);
      return encoded;
    });
    expect(made[3]!.equals(made[0]!)).toBe(true);
  });

  it('a reused handle makes what the public way makes', () => {
    const [into, other] = [new Uint8Array(70_000), new Uint8Array(70_000)];
    for (const plain of units) {
      const length = reusedDeflate(setting)!.compress(plain, into);
      expect(plainDeflate(setting).compress(plain, other)).toBe(length);
      expect(Buffer.compare(into.subarray(0, length), other.subarray(0, length))).toBe(0);
    }
  });

  it('stays within its bound with what cannot be compressed', () => {
    for (let seed = 1; seed < 20; seed++) {
      const into = new Uint8Array(deflateBound(65536));
      const length = deflater(setting).compress(noise(65536, seed), into);
      expect(length).toBeGreaterThan(65536);
      expect(length).toBeLessThan(into.length);
    }
  });

  it.each([
    ['deflater', deflater(setting)],
    ['reusedDeflate', reusedDeflate(setting)!],
    ['plainDeflate', plainDeflate(setting)],
  ])('%s says when it does not fit', (_name, { compress }) => {
    expect(compress(noise(65536), new Uint8Array(60000))).toBe(-1);
    expect(compress(new Uint8Array(65536), new Uint8Array(4))).toBe(-1);
    expect(compress(new Uint8Array(65536), new Uint8Array(4096))).toBeGreaterThan(0);
  });
});

it('reaches as far back as DEFLATE allows', () => {
  const block = noise(32000, 9);
  const twice = Buffer.concat([block, block]);
  const into = new Uint8Array(deflateBound(twice.length));
  for (const setting of settings) expect(deflater(setting).compress(twice, into)).toBeLessThan(33000);
});

it('tries as hard as it was told to', () => {
  const into = new Uint8Array(70_000);
  const lengths = [1, 9].map((level) =>
    deflater({ framing: 'raw', level: { libdeflate: level, zlib: level } }).compress(prose(65536, 1), into),
  );
  expect(lengths[1]).toBeLessThan(lengths[0]!);
});

it('zlib streams say that they are such', () => {
  const into = new Uint8Array(100);
  deflater(settings[0]!).compress(new Uint8Array(500), into);
  expect(into[0]).toBe(0x78);
});
