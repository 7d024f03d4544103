// No whole file is read to show it in the list: counted by the kernel, for large files of every kind.
import { appendFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { DiskDriver } from '#engine/disks/driver.ts';
import { diskDrivers } from '#engine/disks/registry.ts';
import { convert } from '#engine/operations/convert.ts';
import { createImage } from '#engine/operations/create.ts';
import { recogniseFiles } from '#engine/operations/recognise.ts';
import { minimal } from '../../../fixtures/packages/descriptors.ts';
import { tarFile, tarHeader } from '../../../fixtures/packages/tar-builder.ts';
import { noise, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const mebibyte = 2 ** 20;
/** Of a file of any size: VHDX has its headers, regions and metadata in a MiB, and what is compressed is read in pieces. */
const mostBytes = mebibyte;
/** Nothing but holes, so that it costs no room. */
const largeBytes = 4 * 2 ** 30;

/** What this process has read by system calls so far, of files or of what is kept in memory of them. */
const readBytes = (): number => Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))![1]);

/** What looking at a file reads, without what counting reads. */
function countedLook(path: string): { readonly bytes: number; readonly format: string | null } {
  // What the code itself is read for at the first time is no concern of the file's.
  recogniseFiles([path]);
  const idle = -readBytes() + readBytes();
  const before = readBytes();
  const [look] = recogniseFiles([path]);
  return { bytes: readBytes() - before - idle, format: look!.image?.format ?? null };
}

const at = (name: string): string => join(folder, name);
const variants = (diskDrivers as readonly DiskDriver[]).flatMap(({ id, creation }) =>
  (creation?.variants ?? []).map((variant) => ({ format: id, variant: variant.id })),
);
const bootSector = Buffer.alloc(512);
bootSector.set([0, 0, 0, 0, 0x83, 0, 0, 0, 8, 0, 0, 0, 0, 4, 0, 0], 446);
bootSector.set([0x55, 0xaa], 510);

describe.skipIf(process.platform !== 'linux')('a look at a file', () => {
  it.each(variants)('reads little of a large $format $variant', ({ format, variant }) => {
    // As large as its tables get, and with as much data as a test has time for.
    const empty = at(`${format}-${variant}-empty`);
    createImage(
      { outputPath: empty, target: { format, variant }, capacityBytes: largeBytes },
      quietControl(),
    );
    const source = writeRawDisk(at('source.raw'), 16 * mebibyte, [
      { at: 0, bytes: bootSector },
      { at: mebibyte, bytes: noise(12 * mebibyte, 3) },
    ]);
    const full = at(`${format}-${variant}-full`);
    const target = { format, variant };
    convert({ source: { path: source, format: 'raw' }, outputPath: full, target }, quietControl());
    expect(countedLook(empty).bytes).toBeLessThan(mostBytes);
    const look = countedLook(full);
    expect(look.format).toBe(format);
    expect(look.bytes).toBeLessThan(mostBytes);
    expect(look.bytes).toBeGreaterThan(0);
  });

  it('reads little of a package, whatever it holds', () => {
    const path = at('large.ova');
    const disk = { name: 'disk.vmdk', sizeBytes: largeBytes } as const;
    writeFileSync(path, tarFile('a.ovf', new TextEncoder().encode(minimal())));
    appendFileSync(path, tarHeader(disk));
    truncateSync(path, largeBytes + 4096);
    const look = countedLook(path);
    expect(look.format).toBe('ova');
    expect(look.bytes).toBeLessThan(mostBytes);
  });

  it('reads little of a medium', () => {
    const path = at('large.iso');
    const descriptors = Buffer.alloc(18 * 2048);
    descriptors.write('\x01CD001\x01', 16 * 2048, 'latin1');
    descriptors.write('\xffCD001\x01', 17 * 2048, 'latin1');
    writeFileSync(path, descriptors);
    truncateSync(path, largeBytes);
    const look = countedLook(path);
    expect(look.format).toBe('iso');
    expect(look.bytes).toBeLessThan(mostBytes);
  });

  it('reads little of what is compressed, alone or in an archive', () => {
    const raw = Buffer.concat([bootSector, noise(24 * mebibyte, 5)]);
    writeFileSync(at('disk.img.gz'), gzipSync(raw, { level: 1 }));
    writeFileSync(at('disk.tar.gz'), gzipSync(tarFile('disk.img', raw), { level: 1 }));
    for (const name of ['disk.img.gz', 'disk.tar.gz']) {
      const look = countedLook(at(name));
      expect(look.format).toBe('raw');
      expect(look.bytes).toBeLessThan(mostBytes);
    }
  });

  it('reads little of what is no image', () => {
    mkdirSync(at('others'));
    writeFileSync(at('others/video.bin'), noise(8 * mebibyte, 7));
    writeFileSync(at('others/letter.txt'), 'Dear harbour master, '.repeat(400_000));
    for (const name of ['others/video.bin', 'others/letter.txt']) {
      const look = countedLook(at(name));
      expect(look.format).toBeNull();
      expect(look.bytes).toBeLessThan(mostBytes);
    }
  });
});
