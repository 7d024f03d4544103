import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileSource } from '#engine/bytes/source.ts';
import { openPackage } from '#engine/packages/registry.ts';
import { minimal } from '../../../../fixtures/packages/descriptors.ts';
import { pattern, readAll, RecordingControl } from '../../../../fixtures/packages/recording.ts';

const descriptor = minimal({
  files: '<File ovf:id="f" ovf:href="disk1.img"/>',
  disks: '<Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="70000"/>',
});
const disk = pattern(70_000);
describe('an OVF folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'platter-ovf-'));
    writeFileSync(join(folder, 'p.ovf'), descriptor);
    writeFileSync(join(folder, 'disk1.img'), disk);
    writeFileSync(join(folder, 'none-of-its-business.txt'), 'x');
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const open = () => openPackage(new FileSource(join(folder, 'p.ovf')), folder);

  it('has the files that the descriptor names, and no others', () => {
    const reader = open();
    expect(reader.info).toMatchObject({
      path: join(folder, 'p.ovf'),
      format: 'ovf',
      manifest: 'absent',
      warnings: [],
    });
    expect(reader.info.files.map(({ name, role }) => [name, role])).toEqual([
      ['p.ovf', 'descriptor'],
      ['disk1.img', 'disk'],
    ]);
    expect(reader.info.fileSizeBytes).toBe(descriptor.length + 70_000);
    const opened = reader.openFile('disk1.img');
    expect(readAll(opened)).toEqual(Buffer.from(disk));
    opened.close();
    reader.close();
  });

  it('may share its disks with other descriptors, each with a manifest of its own', () => {
    const other = descriptor.replace('ovf:id="vm"', 'ovf:id="other"');
    writeFileSync(join(folder, 'q.ovf'), other);
    const hash = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex');
    writeFileSync(join(folder, 'q.mf'), `SHA256(q.ovf)= ${hash(other)}\nSHA256(disk1.img)= ${hash(disk)}\n`);
    const second = openPackage(new FileSource(join(folder, 'q.ovf')), folder);
    expect(second.info.systems[0]).toMatchObject({ name: 'other', disks: [{ file: 'disk1.img' }] });
    expect(second.info.files.map(({ name }) => name)).toEqual(['q.ovf', 'q.mf', 'disk1.img']);
    expect(second.verify(new RecordingControl()).state).toBe('valid');
    expect(open().info).toMatchObject({
      manifest: 'absent',
      systems: [{ name: 'vm', disks: [{ file: 'disk1.img' }] }],
    });
  });

  it('is verified with the manifest of its name', () => {
    const hash = (data: Uint8Array | string): string => createHash('sha1').update(data).digest('hex');
    writeFileSync(join(folder, 'p.mf'), `SHA1(p.ovf)= ${hash(descriptor)}\nSHA1(disk1.img)= ${hash(disk)}\n`);
    expect(open().verify(new RecordingControl()).state).toBe('valid');
    writeFileSync(join(folder, 'disk1.img'), Buffer.from(disk).reverse());
    expect(open().verify(new RecordingControl())).toMatchObject({
      state: 'mismatch',
      entries: [{ state: 'valid' }, { file: 'disk1.img', state: 'mismatch', expected: hash(disk) }],
    });
  });

  it.runIf(process.platform === 'linux')('leaves no file open', () => {
    const before = readdirSync('/proc/self/fd').length;
    const reader = open();
    reader.openFile('disk1.img').close();
    reader.close();
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });
});
