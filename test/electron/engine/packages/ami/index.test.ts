import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySource, readBytes } from '#engine/bytes/source.ts';
import { inspect, inspectPackage } from '#engine/operations/inspect.ts';
import { verifyPackage } from '#engine/operations/verify.ts';
import { amiDriver } from '#engine/packages/ami/index.ts';
import { parseXml } from '#engine/packages/ovf/xml.ts';
import { probePackage } from '#engine/packages/registry.ts';
import { noise } from '../../pattern.ts';
import { quietControl } from '../../quiet-control.ts';
import { scratchFolder } from '../../scratch.ts';

const folder = scratchFolder();
const driver = amiDriver(parseXml);
const parts = [noise(5000, 1), noise(700, 2)];
const sha1 = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

/** A manifest as ec2-bundle-image writes it. */
function manifest(names: readonly string[], type = 'machine'): string {
  const listed = names.map(
    (name, index) =>
      `<part index="${index}"><filename>${name}</filename><digest algorithm="SHA1">${sha1(parts[index]!)}</digest></part>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?><manifest><version>2007-10-10</version>
<bundler><name>ec2-ami-tools</name><version>1.4.0.9</version><release>0</release></bundler>
<machine_configuration><architecture>x86_64</architecture>
<block_device_mapping><mapping><virtual>ami</virtual><device>sda1</device></mapping></block_device_mapping>
<kernel_id>aki-825ea7eb</kernel_id><ramdisk_id>ari-1</ramdisk_id></machine_configuration>
<image><name>image</name><user>1234</user><type>${type}</type><digest algorithm="SHA1">00</digest>
<size>10737418240</size><bundled_size>5700</bundled_size>
<ec2_encrypted_key algorithm="AES-128-CBC">aa</ec2_encrypted_key>
<user_encrypted_key algorithm="AES-128-CBC">bb</user_encrypted_key>
<parts count="${names.length}">${listed.join('')}</parts></image><signature>cc</signature></manifest>`;
}

function bundle(name: string, partNames = ['image.part.00', 'image.part.01'], kept = 2): string {
  const place = join(folder, name);
  mkdirSync(place);
  for (const [index, bytes] of parts.entries()) {
    if (index < kept) writeFileSync(join(place, `image.part.0${index}`), bytes);
  }
  writeFileSync(join(place, 'image.manifest.xml'), manifest(partNames));
  return join(place, 'image.manifest.xml');
}

describe('the driver of EC2 bundles', () => {
  it('lists and explains a bundle', () => {
    const info = inspectPackage(bundle('whole'));
    expect(info).toMatchObject({ format: 'ami', manifest: 'present' });
    expect(info.files.map(({ name, role }) => [name, role])).toEqual([
      ['image.manifest.xml', 'descriptor'],
      ['image.part.00', 'other'],
      ['image.part.01', 'other'],
    ]);
    expect(info.systems[0]!.annotation).toBe(
      'Architecture: x86_64\nKernel: aki-825ea7eb\nRamdisk: ari-1\nDevices: ami=sda1\nBundled by: ec2-ami-tools 1.4.0.9 0',
    );
    const [disk] = info.systems[0]!.disks;
    expect(disk).toMatchObject({ file: null, virtualSizeBytes: 10737418240, sizeInPackageBytes: 5700 });
    expect(info.warnings.map(({ code }) => code)).toEqual(['package.encrypted']);
    expect(info.warnings[0]!.message).toContain('AES-128-CBC');
  });

  it('compares every part with its digest', () => {
    const path = bundle('verified');
    expect(verifyPackage(path, quietControl()).state).toBe('valid');
    writeFileSync(join(folder, 'verified', 'image.part.01'), noise(700, 9));
    expect(inspect({ path }, quietControl(), true).package!.manifest).toBe('mismatch');
  });

  it('says which parts are missing, and that the bundle is not whole then', () => {
    const path = bundle('half', undefined, 1);
    expect(inspectPackage(path).warnings[1]).toEqual({
      code: 'package.file-missing',
      message: '1 of 2 parts are not there: image.part.01.',
    });
    expect(verifyPackage(path, quietControl()).state).toBe('mismatch');
  });

  it('opens no part that lies elsewhere', () => {
    const path = bundle('climbing', ['../whole/image.part.00', 'link'], 1);
    symlinkSync('/etc/hostname', join(folder, 'climbing', 'link'));
    const info = inspectPackage(path);
    expect(info.files).toHaveLength(1);
    expect(info.warnings.map(({ code }) => code)).toEqual([
      'package.encrypted',
      'package.unsafe-name',
      'package.unsafe-name',
    ]);
  });

  it('gives out its parts as they lie there, and nothing else of the folder', () => {
    const path = bundle('given');
    writeFileSync(join(folder, 'given', 'other'), 'x');
    const reader = driver.open(
      new MemorySource(Buffer.from(manifest(['image.part.00'])), path),
      join(folder, 'given'),
    );
    const part = reader.openFile('image.part.00');
    expect(Buffer.from(readBytes(part, 0, part.sizeBytes)).equals(parts[0]!)).toBe(true);
    part.close();
    expect(() => reader.openFile('other')).toThrow('package.file-missing');
    expect(() => reader.openFile('../given/other')).toThrow('package.unsafe-name');
  });

  it('shows bundled kernels without a machine', () => {
    const bytes = Buffer.from(manifest([], 'kernel'));
    const { info } = driver.open(new MemorySource(bytes, 'vmlinuz.manifest.xml'), null);
    expect(info.systems).toEqual([]);
    expect(info.warnings[0]!.message).toContain('The kernel in this bundle');
  });

  it('claims only such manifests, and refuses a DTD with words', () => {
    const probe = (text: string): string => driver.probe(new MemorySource(Buffer.from(text)));
    expect(probePackage(new MemorySource(Buffer.from(manifest([]))))?.id).toBe('ami');
    expect(probe('<manifest xmlns:android="x"><application/></manifest>')).toBe('no');
    expect(probe('<other><machine_configuration/></other>')).toBe('no');
    expect(probe('')).toBe('no');
    const dtd = manifest([]).replace('<manifest>', '<!DOCTYPE manifest [<!ENTITY a "b">]><manifest>');
    expect(probe(dtd)).toBe('certain');
    expect(() => driver.open(new MemorySource(Buffer.from(dtd)), null)).toThrow('DTD');
    expect(() => driver.open(new MemorySource(Buffer.from('<manifest><bundler/></manifest>')), null)).toThrow(
      'package.malformed',
    );
  });
});
