import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { vhdx } from '#engine/disks/vhdx/index.ts';
import { crc32c } from '#engine/disks/vhdx/crc32c.ts';
import { Failure } from '#shared/failure.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { writeRawDisk } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import {
  expectSameBytes,
  extentsOf,
  hashFile,
  hashOf,
  qemuImg,
  qemuSize,
  readChain,
  shapeOf,
  withReader,
  writeImage,
  type Piece,
} from '../image-files.ts';
import { sampleContents } from '../sample-contents.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const mebibyte = 1 << 20;
const small = 64 * mebibyte;
const sizes = [mebibyte, 10 * mebibyte + 512, 300 * mebibyte, 3 * 2 ** 40];

describeWith('qemu-img', 'VHDX files of qemu-img', () => {
  const kinds = [
    'subformat=dynamic',
    'subformat=dynamic,block_size=1M',
    'subformat=dynamic,block_size=256M',
    'subformat=dynamic,log_size=3M',
    'subformat=fixed',
    'subformat=fixed,block_state_zero=off',
    'subformat=fixed,block_size=64M',
  ];
  const cases = sizes.flatMap((size) => kinds.map((kind) => ({ size, kind })));
  it.each(cases.filter(({ size, kind }) => size <= 300 * mebibyte || kind === 'subformat=dynamic'))(
    'reads $size bytes made with $kind',
    ({ size, kind }) => {
      const raw = writeRawDisk(at('in.raw'), size, sampleContents(size));
      qemuImg('convert', '-f', 'raw', '-O', 'vhdx', '-o', kind, raw, at('q.vhdx'));
      withReader(vhdx, at('q.vhdx'), (reader) => {
        expect([reader.capacityBytes, reader.warnings]).toEqual([size, []]);
        // qemu does not mark its fixed images as such.
        expect(['dynamic', 'fixed']).toContain(reader.variant);
        extentsOf(reader);
        for (const { at: start, bytes } of sampleContents(size)) {
          expectSameBytes(readChain([reader], start, bytes.length), bytes);
        }
        if (size <= small) expect(hashOf([reader])).toBe(hashFile(raw));
      });
    },
  );
});

const variants = [
  { variant: 'dynamic', options: {} },
  { variant: 'dynamic', options: { block_size: mebibyte } },
  { variant: 'dynamic', options: { block_size: 32 * mebibyte } },
  { variant: 'fixed', options: {} },
  { variant: 'fixed', options: { block_size: 8 * mebibyte } },
];
const written = sizes.flatMap((size) => variants.map((one) => ({ size, ...one })));

describe('VHDX files written', () => {
  it.each(written)('read back: $variant, $options, $size bytes', ({ size, variant, options }) => {
    const shape = shapeOf(vhdx, size, variant, options);
    expect(shape.capacityBytes).toBe(size);
    writeImage(vhdx, at('w.vhdx'), shape, sampleContents(size));
    withReader(vhdx, at('w.vhdx'), (reader) => {
      expect([reader.capacityBytes, reader.variant, reader.warnings]).toEqual([size, variant, []]);
      const stored = extentsOf(reader).filter(({ state }) => state === 'stored');
      if (variant === 'fixed') expect(stored).toMatchObject([{ start: 0, length: size }]);
      for (const { at: start, bytes } of sampleContents(size)) {
        expectSameBytes(readChain([reader], start, bytes.length), bytes);
      }
      if (size > small) return;
      expect(hashOf([reader])).toBe(hashFile(writeRawDisk(at('w.raw'), size, sampleContents(size))));
    });
  });

  it('round sizes up to sectors, and no further', () => {
    expect(vhdx.creation!.capacityFor(1_000_003, { variant: '', options: {} })).toBe(1_000_448);
    expect(vhdx.creation!.capacityFor(0, { variant: '', options: {} })).toBe(512);
    expect(vhdx.creation!.capacityFor(64 * 2 ** 40, { variant: '', options: {} })).toBe(64 * 2 ** 40);
    expect(() => vhdx.creation!.capacityFor(64 * 2 ** 40 + 1, { variant: '', options: {} })).toThrow(Failure);
  });

  it.each(['dynamic', 'fixed'])('are the same for the same content, another for another: %s', (variant) => {
    const size = 5 * mebibyte;
    const write = (name: string, pieces: Piece[], options = {}): Uint8Array => {
      writeImage(vhdx, at(name), shapeOf(vhdx, size, variant, options), pieces);
      return readFileSync(at(name));
    };
    const pieces = sampleContents(size);
    pieces[1]!.bytes[17]! ^= 1;
    const first = write('a.vhdx', sampleContents(size));
    expectSameBytes(write('b.vhdx', sampleContents(size)), first);
    const images = [
      first,
      write('c.vhdx', pieces),
      write('d.vhdx', sampleContents(size), { block_size: mebibyte }),
    ];
    // FileWriteGuid and DataWriteGuid of the header, and the page 83 data.
    const guids = images.flatMap((bytes) =>
      [65536 + 16, 65536 + 32, 2 * mebibyte + 65536 + 16].map((offset) =>
        Buffer.from(bytes.subarray(offset, offset + 16)).toString('hex'),
      ),
    );
    expect(new Set(guids).size).toBe(9);
  });

  it('checksum by CRC-32C', () => {
    expect(crc32c(new TextEncoder().encode('123456789'), -4)).toBe(0xe3069283);
    const bytes = new TextEncoder().encode('1234\0\0\0\0');
    const filled = new TextEncoder().encode('12345678');
    expect(crc32c(filled, 4)).toBe(crc32c(bytes, -4));
  });
});

describeWith('qemu-img', 'VHDX files written, judged by qemu-img', () => {
  // qemu does not know which parts of a VHDX are empty: it would compare all of the terabytes.
  const cases = written.filter(({ size }) => size < 2 ** 40);
  it.each(cases)('hold the same disk: $variant, $options, $size bytes', ({ size, variant, options }) => {
    const raw = writeRawDisk(at('j.raw'), size, sampleContents(size));
    writeImage(vhdx, at('j.vhdx'), shapeOf(vhdx, size, variant, options), sampleContents(size));
    expect(qemuImg('check', '-f', 'vhdx', at('j.vhdx'))).toContain('No errors were found');
    expect(qemuSize(at('j.vhdx'), 'vhdx')).toBe(size);
    expect(qemuImg('compare', '-f', 'raw', '-F', 'vhdx', raw, at('j.vhdx'))).toContain('identical');
  });
});

describeWith('qemu-img', 'VHDX files of terabytes, judged by qemu-img', () => {
  const size = 3 * 2 ** 40;
  it.each(variants)('hold the data: $variant, $options', ({ variant, options }) => {
    writeImage(vhdx, at('t.vhdx'), shapeOf(vhdx, size, variant, options), sampleContents(size));
    expect(qemuImg('check', '-f', 'vhdx', at('t.vhdx'))).toContain('No errors were found');
    expect(qemuSize(at('t.vhdx'), 'vhdx')).toBe(size);
    for (const { at: start, bytes } of sampleContents(size)) {
      const [skip, output] = [Math.floor(start / mebibyte), at('t.raw')];
      // qemu-img counts what it skips.
      const arguments_ = [
        `bs=${mebibyte}`,
        `count=${skip + 1}`,
        `skip=${skip}`,
        `if=${at('t.vhdx')}`,
        `of=${output}`,
      ];
      qemuImg('dd', '-f', 'vhdx', '-O', 'raw', ...arguments_);
      const offset = start % mebibyte;
      expectSameBytes(new Uint8Array(readFileSync(output)).subarray(offset, offset + bytes.length), bytes);
    }
  });
});

describeWith('vhdiinfo', 'VHDX files written, judged by vhdiinfo', () => {
  it.each(written)('have the size: $variant, $options, $size bytes', ({ size, variant, options }) => {
    writeImage(vhdx, at('v.vhdx'), shapeOf(vhdx, size, variant, options), sampleContents(size));
    const text = execFileSync('vhdiinfo', [at('v.vhdx')], { encoding: 'utf8' });
    expect(text).toMatch(new RegExp(`Disk type\\s*: ${variant}`, 'i'));
    expect(text).toMatch(new RegExp(`Media size\\s*: .*\\b${size}\\b`));
  });
});
