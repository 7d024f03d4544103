import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import { openPackage, packageDrivers, probePackage } from '#engine/packages/registry.ts';
import { minimal, vmware } from '../../../fixtures/packages/descriptors.ts';
import { failureOf, pattern, RecordingSource } from '../../../fixtures/packages/recording.ts';
import { tar, tarFile, tarHeader } from '../../../fixtures/packages/tar-builder.ts';

const descriptor = minimal({
  files: '<File ovf:id="f" ovf:href="disk1.img"/>',
  disks: '<Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="70000"/>',
});
const disk = pattern(70_000);
const ova = tar(tarFile('p.ovf', descriptor), tarFile('disk1.img', disk));

describe('probePackage', () => {
  const probe = (bytes: Uint8Array): string | null => probePackage(new MemorySource(bytes))?.id ?? null;

  it.each([
    ['an OVA', ova, 'ova'],
    [
      'an OVA whose descriptor is not the first',
      tar(tarFile('disk1.img', disk), tarFile('P.OVF', descriptor)),
      'ova',
    ],
    ['an OVA that was cut off', ova.subarray(0, 3000), 'ova'],
    ['a box of Vagrant 1.0', tar(tarFile('Vagrantfile', ''), tarFile('box.ovf', descriptor)), 'box'],
    ['a box of VirtualBox', tar(tarFile('box.ovf', descriptor), tarFile('metadata.json', '{}')), 'box'],
    ['a box', tar(tarFile('metadata.json', '{}'), tarFile('box.img', 'x')), 'box'],
    ['metadata of something else', tar(tarFile('metadata.json', '{}'), tarFile('readme', 'x')), null],
    ['a descriptor', Buffer.from(vmware), 'ovf'],
    ['a tar without a descriptor', tar(tarFile('a', 'x')), null],
    ['a tar with Apple’s half of one', tar(tarFile('._p.ovf', 'x')), null],
    ['a broken tar', tar(tarFile('a', pattern(600)), pattern(512)), null],
    ['noise', pattern(9000), null],
    ['zeros', new Uint8Array(9000), null],
    ['nothing', new Uint8Array(0), null],
    [
      'a descriptor after a thousand members',
      tar(...Array.from({ length: 1001 }, () => tarHeader({ name: 'a' })), tarFile('p.ovf', 'x')),
      null,
    ],
  ])('%s', (_, bytes, id) => expect(probe(bytes)).toBe(id));

  it('reads little of a large file', () => {
    const source = new RecordingSource(ova);
    probePackage(source);
    expect(source.reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(4096);
  });
});

it('declares ids, titles and extensions', () => {
  expect(packageDrivers.map(({ id, extensions }) => [id, extensions])).toEqual([
    ['box', ['box']],
    ['ova', ['ova']],
    ['ovf', ['ovf']],
    ['ami', ['manifest.xml']],
    ['uec', ['tar.gz', 'tgz', 'tar']],
  ]);
  expect(packageDrivers.every(({ title }) => title.length > 0)).toBe(true);
});

it('what is no package is said to be none', () => {
  const source = new RecordingSource(pattern(2000), 'x.bin');
  expect(failureOf(() => openPackage(source, null))).toMatchObject({
    code: 'input.invalid',
    details: { problem: 'x.bin is not a package' },
  });
  expect(source.closed).toBe(1);
});
