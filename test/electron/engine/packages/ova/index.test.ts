import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import { openPackage } from '#engine/packages/registry.ts';
import { minimal } from '../../../../fixtures/packages/descriptors.ts';
import {
  failureOf,
  pattern,
  readAll,
  RecordingControl,
  RecordingSource,
} from '../../../../fixtures/packages/recording.ts';
import { gnuLongName, tar, tarFile, tarHeader } from '../../../../fixtures/packages/tar-builder.ts';

const descriptor = minimal({
  files: '<File ovf:id="f" ovf:href="disk1.img"/>',
  disks: '<Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="70000"/>',
});
const disk = pattern(70_000);
const ova = tar(tarFile('p.ovf', descriptor), tarFile('disk1.img', disk));

describe('an OVA', () => {
  it('gives its disks straight out of the tar', () => {
    const source = new RecordingSource(ova, 'x/p.ova');
    const reader = openPackage(source, 'x');
    expect(reader.info).toMatchObject({
      path: 'x/p.ova',
      format: 'ova',
      fileSizeBytes: ova.length,
      warnings: [],
    });
    expect(reader.info.systems[0]!.disks).toEqual([
      {
        name: 'disk1.img',
        file: 'disk1.img',
        format: 'raw',
        virtualSizeBytes: 70_000,
        sizeInPackageBytes: 70_000,
        compression: null,
        parent: null,
        controller: null,
      },
    ]);
    const opened = reader.openFile('disk1.img');
    expect(opened.path).toBe('x/p.ova:disk1.img');
    source.reads.length = 0;
    const part = Buffer.alloc(100);
    opened.read(5000, part);
    expect(part).toEqual(Buffer.from(disk.subarray(5000, 5100)));
    expect(source.reads).toEqual([
      { start: 1536 + Math.ceil((descriptor.length - 512) / 512) * 512 + 5000, length: 100 },
    ]);
    reader.close();
    expect(readAll(opened)).toEqual(Buffer.from(disk));
    expect(source.closed).toBe(0);
    opened.close();
    expect(source.closed).toBe(1);
  });

  it.each<[string, string, string[]]>([
    ['exactly', 'ovf:capacity="70000"', []],
    ['in gigabytes, rounded up', 'ovf:capacity="1" ovf:capacityAllocationUnits="byte * 2^30"', []],
    ['another', 'ovf:capacity="2" ovf:capacityAllocationUnits="byte * 2^30"', ['package.capacity-mismatch']],
    ['without its unit', 'ovf:capacity="20000000"', ['package.capacity-mismatch']],
  ])('goes by the size of the disk itself, where the descriptor says it %s', (_, capacity, warnings) => {
    const bytes = tar(
      tarFile('p.ovf', descriptor.replace('ovf:capacity="70000"', capacity)),
      tarFile('disk1.img', disk),
    );
    const { info } = openPackage(new MemorySource(bytes), null);
    expect(info.systems[0]!.disks).toMatchObject([{ virtualSizeBytes: 70_000 }]);
    expect(info.warnings.map(({ code }) => code)).toEqual(warnings);
  });

  it('may be a zip, as some people pack it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'platter-ova-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'p.ovf'), descriptor);
    writeFileSync(join(folder, 'disk1.img'), disk);
    execFileSync('zip', ['-q', 'p.zip', 'p.ovf', 'disk1.img'], { cwd: folder });
    const source = new RecordingSource(readFileSync(join(folder, 'p.zip')), 'p.ova');
    const reader = openPackage(source, null);
    expect(reader.info).toMatchObject({ format: 'ova', warnings: [] });
    const opened = reader.openFile('disk1.img');
    expect(readAll(opened)).toEqual(Buffer.from(disk));
    opened.close();
    reader.close();
    expect(source.closed).toBe(1);
  });

  it('closes the file when it is no package after all', () => {
    for (const bytes of [
      tar(tarFile('p.ovf', '<Envelope/>')),
      ova.subarray(0, 3000),
      tar(tarFile('a', '')),
    ]) {
      const source = new RecordingSource(bytes);
      expect(() => openPackage(source, null)).toThrow();
      expect(source.closed).toBe(1);
    }
  });

  it('says that it was cut off', () => {
    expect(
      failureOf(() => openPackage(new MemorySource(ova.subarray(0, ova.length - 2000)), null)).code,
    ).toBe('image.truncated');
  });

  it('takes the first descriptor that can be read, and says so', () => {
    const bytes = tar(
      tarFile('bad.ovf', '<Envelope>'),
      tarFile('good.ovf', descriptor),
      tarFile('disk1.img', disk),
    );
    const { info } = openPackage(new MemorySource(bytes), null);
    expect(info.warnings).toEqual([
      {
        code: 'package.several-descriptors',
        message: 'The package has 2 descriptors; this is what good.ovf says.',
      },
    ]);
    expect(info.files.find(({ role }) => role === 'descriptor')?.name).toBe('good.ovf');
    const broken = tar(tarFile('1.ovf', '<Envelope>'), tarFile('2.ovf', '<!DOCTYPE a><Envelope/>'));
    expect(failureOf(() => openPackage(new MemorySource(broken), null)).details).toMatchObject({
      structure: '1.ovf',
    });
  });

  it('lists what is refused, and opens the rest', () => {
    const bytes = tar(
      tarFile('p.ovf', descriptor),
      tarFile('../../evil', 'x'),
      tarHeader({ name: 'link.img', type: '2', linkname: '/etc/passwd' }),
      tarFile('disk1.img', disk),
    );
    const reader = openPackage(new MemorySource(bytes), null);
    expect(reader.info.warnings.map(({ code, message }) => [code, message])).toEqual([
      ['package.unsafe-name', '“../../evil” is not opened: it climbs out of the package.'],
      ['package.unsafe-name', '“link.img” is not opened: it is a link.'],
    ]);
    expect(reader.info.files.map(({ name }) => name)).toEqual(['p.ovf', 'disk1.img']);
    expect(failureOf(() => reader.openFile('../../evil')).code).toBe('package.unsafe-name');
    expect(failureOf(() => reader.openFile('link.img')).code).toBe('package.unsafe-name');
    expect(readAll(reader.openFile('disk1.img'))).toEqual(Buffer.from(disk));
  });

  it.each([
    ['a link', tarHeader({ name: 'disk1.img', type: '2', linkname: '/etc/passwd' })],
    ['a device', tarHeader({ name: 'disk1.img', type: '4' })],
    ['there twice', Buffer.concat([tarFile('disk1.img', disk), tarFile('./disk1.img', 'other')])],
  ])('shows a disk that is %s, and does not open it', (_, member) => {
    const reader = openPackage(new MemorySource(tar(tarFile('p.ovf', descriptor), member)), null);
    expect(reader.info.systems[0]!.disks).toMatchObject([
      { name: 'disk1.img', file: 'disk1.img', format: null },
    ]);
    expect(reader.info.warnings.some(({ code }) => code === 'package.unsafe-name')).toBe(true);
    expect(failureOf(() => reader.openFile('disk1.img')).code).toBe('package.unsafe-name');
  });

  it('is refused when its descriptor is', () => {
    const climbing = tar(tarFile('../p.ovf', descriptor));
    expect(failureOf(() => openPackage(new MemorySource(climbing), null)).code).toBe('package.unsafe-name');
  });

  it('with long names and a manifest, is verified', () => {
    const long = `${'very-'.repeat(40)}long.img`;
    const text = descriptor.replace('disk1.img', long);
    const hash = (data: Uint8Array | string): string => createHash('sha512').update(data).digest('hex');
    const manifest = `SHA512(p.ovf)= ${hash(text)}\r\nSHA512(${long})= ${hash(disk)}\r\n`;
    const bytes = tar(
      tarFile('p.ovf', text),
      tarFile('p.mf', manifest),
      gnuLongName(long),
      tarFile('short', disk, { format: 'gnu' }),
    );
    const reader = openPackage(new MemorySource(bytes), null);
    expect(reader.info.manifest).toBe('present');
    const control = new RecordingControl();
    expect(reader.verify(control).state).toBe('valid');
    expect(control.phases.map(({ item, doneBytes }) => [item, doneBytes])).toEqual([
      ['p.ovf', Buffer.byteLength(text)],
      [long, 70_000],
    ]);
  });
});
