import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import {
  ascii,
  bits64le,
  bytes,
  i32le,
  struct,
  u16be,
  u16le,
  u32be,
  u64be,
  u64le,
  u8,
} from '#engine/bytes/struct.ts';
import { isFailure } from '#shared/failure.ts';

const header = struct({ format: 'demo', name: 'demo header' }, 48, {
  magic: ascii(0, 4),
  version: u16be(4),
  flags: u16le(6),
  count: u32be(8),
  delta: i32le(12),
  size: u64be(16),
  offset: u64le(24),
  features: bits64le(32),
  kind: u8(40),
  tail: bytes(41, 4),
});
const values = {
  magic: 'DEMO',
  version: 0x0102,
  flags: 0x0304,
  count: 0xfffffffe,
  delta: -2,
  size: Number.MAX_SAFE_INTEGER,
  offset: 4096,
  features: 0xffff_ffff_ffff_ffffn,
  kind: 7,
  tail: new Uint8Array([1, 2, 3, 4]),
};

describe('struct', () => {
  it('decodes what it encoded', () => {
    expect(header.decode(header.encode(values))).toEqual(values);
  });

  it('lays bytes where the declaration says', () => {
    const encoded = header.encode(values);
    expect(Buffer.from(encoded.subarray(0, 8)).toString('hex')).toBe('44454d4f01020403');
    expect(encoded[23]).toBe(0xff);
    expect(encoded[25]).toBe(0x10);
  });

  it('leaves absent values as they are', () => {
    const encoded = header.encode({ kind: 9 }, header.encode(values));
    expect(header.decode(encoded)).toEqual({ ...values, kind: 9 });
  });

  it('names the structure, the field and the file offset of a size beyond all sizes', () => {
    const encoded = header.encode(values);
    encoded[16] = 0x80;
    const file = new Uint8Array(1048);
    file.set(encoded, 1000);
    try {
      header.read(new MemorySource(file), 1000);
      expect.unreachable();
    } catch (error) {
      expect(isFailure(error, 'image.malformed') && error.details).toMatchObject({
        format: 'demo',
        structure: 'demo header',
        field: 'size',
        fileOffset: 1016,
      });
    }
  });

  it('refuses to read past the end of the file', () => {
    expect(() => header.read(new MemorySource(new Uint8Array(47)), 0)).toThrow('image.truncated');
  });

  it('refuses text that does not fit', () => {
    expect(() => header.encode({ magic: 'TOO LONG' })).toThrow(RangeError);
  });
});
