// libdeflate against node:zlib, both ways, and Platter without it.
import { execFileSync } from 'node:child_process';
import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { crc32InScript } from '#engine/bytes/crc32.ts';
import { deflateCodec, libdeflate } from '#engine/bytes/libdeflate.ts';
import { isContinuousIntegration } from '../../../setup/tool-paths.ts';
import { noise, prose } from '../pattern.ts';

const missing = 'needs libdeflate (Debian package libdeflate0)';
const found = libdeflate();
const installed = found !== null || isContinuousIntegration();
if (!installed) process.stderr.write(`skipped: libdeflate: ${missing}\n`);

const samples: readonly Uint8Array[] = [
  prose(65536, 1),
  noise(65536, 2),
  new Uint8Array(65536),
  Buffer.concat([prose(30_000, 5), new Uint8Array(100_000), noise(9_000, 6)]),
  prose(1, 4),
  new Uint8Array(0),
];
const framings = [
  { framing: 'raw', deflate: zlib.deflateRawSync, inflate: zlib.inflateRawSync },
  { framing: 'zlib', deflate: zlib.deflateSync, inflate: zlib.inflateSync },
] as const;

describe.runIf(installed)(installed ? 'libdeflate' : `libdeflate (${missing})`, () => {
  it('is in use', () => {
    expect(found, missing).not.toBeNull();
    expect(deflateCodec()).toBe('libdeflate');
  });

  describe.each(framings)('$framing', ({ framing, deflate, inflate }) => {
    it('decompresses what zlib compresses, to the byte and no further', () => {
      for (const plain of samples) {
        for (const level of [0, 1, 6, 9]) {
          const encoded = deflate(plain, { level });
          const into = new Uint8Array(new SharedArrayBuffer(plain.length + 16));
          const part = into.subarray(8, 8 + plain.length);
          expect(found!.decompress(framing, Buffer.concat([encoded, noise(40)]), part)).toBe(plain.length);
          expect(Buffer.compare(part.slice(), plain)).toBe(0);
          expect([...into.slice(0, 8), ...into.slice(-8)].every((byte) => byte === 0)).toBe(true);
        }
      }
    });

    it('compresses so that zlib decompresses it to the same, the same way each time', () => {
      for (const plain of samples) {
        for (const level of [1, 6, 12]) {
          const compressor = found!.compressor(framing, level);
          const [into, again] = [new Uint8Array(plain.length + 100), new Uint8Array(plain.length + 100)];
          const length = compressor.compress(plain, into);
          expect(length).toBeGreaterThan(0);
          expect(Buffer.compare(inflate(into.subarray(0, length)), plain)).toBe(0);
          compressor.compress(noise(5000), new Uint8Array(6000));
          expect(compressor.compress(plain, again)).toBe(length);
          expect(Buffer.compare(into, again)).toBe(0);
        }
      }
    });

    it('refuses what does not fit, is cut off or no stream at all', () => {
      const encoded = deflate(prose(65536, 1));
      expect(found!.decompress(framing, encoded, new Uint8Array(65535))).toBe(-1);
      expect(found!.decompress(framing, encoded, new Uint8Array(0))).toBe(-1);
      expect(found!.decompress(framing, encoded.subarray(0, -9), new Uint8Array(65536))).toBe(-1);
      expect(found!.decompress(framing, new Uint8Array(0), new Uint8Array(10))).toBe(-1);
      expect(found!.decompress(framing, Buffer.alloc(100, 0xff), new Uint8Array(65536))).toBe(-1);
      expect(found!.decompress(framing, encoded, new Uint8Array(70_000))).toBe(65536);
      const { compress } = found!.compressor(framing, 6);
      expect(compress(noise(65536), new Uint8Array(65536))).toBe(-1);
      expect(compress(noise(65536), new Uint8Array(0))).toBe(-1);
    });
  });

  it('counts CRC-32 as we do, in pieces too', () => {
    const bytes = noise(100_001);
    expect(found!.crc32(0, bytes)).toBe(crc32InScript(bytes));
    expect(found!.crc32(found!.crc32(0, bytes.subarray(0, 777)), bytes.subarray(777))).toBe(
      crc32InScript(bytes),
    );
    expect(found!.crc32(0x12345678, bytes.subarray(0, 0))).toBe(0x12345678);
  });
});

it('is off when PLATTER_LIBDEFLATE says so', () => {
  const script = `
    import { deflateCodec } from ${JSON.stringify(new URL('../../../../electron/engine/bytes/libdeflate.ts', import.meta.url).href)};
    process.stdout.write(deflateCodec());`;
  const env = { ...process.env, PLATTER_LIBDEFLATE: 'off' };
  const words = ['--input-type=module', '--eval', script];
  expect(execFileSync(process.execPath, words, { env, encoding: 'utf8' })).toBe('zlib');
});
