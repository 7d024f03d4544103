/** libvirt's machines: a domain's XML (https://libvirt.org/formatdomain.html). */
import { inEnglish } from '#shared/in-english.ts';
import type { XmlElement } from '../packages/ovf/xml.ts';
import { count, mostFiles, type MachineDriver } from './machine.ts';
import { all, at, hasRoot, readXml, valueOf, wordsIn } from './xml.ts';

const units: Readonly<Record<string, number>> = {
  b: 1,
  bytes: 1,
  kb: 1e3,
  k: 2 ** 10,
  kib: 2 ** 10,
  mb: 1e6,
  m: 2 ** 20,
  mib: 2 ** 20,
  gb: 1e9,
  g: 2 ** 30,
  gib: 2 ** 30,
  tb: 1e12,
  t: 2 ** 40,
  tib: 2 ** 40,
};

export const libvirt: MachineDriver<'libvirt'> = {
  id: 'libvirt',
  title: inEnglish('libvirt machine'),
  extensions: ['xml'],
  // Networks' DNS domains are no root element; what else is called so has no type.
  probe: (start) => hasRoot(start, 'domain') && /<domain\s[^>]*\btype\s*=/.test(start),
  read(file) {
    const domain = readXml(file);
    const memory = at(domain, 'memory');
    const amount = count(wordsIn(memory));
    const unit = units[(valueOf(memory, 'unit') ?? 'KiB').toLowerCase()];
    const disks = all(at(domain, 'devices'), 'disk');
    const isDisk = (disk: XmlElement): boolean => (valueOf(disk, 'device') ?? 'disk') === 'disk';
    const nvram = at(domain, 'os', 'nvram');
    return {
      name: wordsIn(at(domain, 'name')),
      guest: guestOf(domain),
      vcpus: count(wordsIn(at(domain, 'vcpu'))) ?? 1,
      memoryBytes: amount === null || unit === undefined ? null : amount * unit,
      disks: disks.filter(isDisk).flatMap(filesOf).slice(0, mostFiles),
      media: disks
        .filter((disk) => !isDisk(disk))
        .flatMap(filesOf)
        .slice(0, mostFiles),
      state: [wordsIn(nvram) ?? valueOf(at(nvram, 'source'), 'file') ?? []].flat(),
    };
  },
};

/** The disk's own file; what it stands on, its format says itself. */
function filesOf(disk: XmlElement): string[] {
  const file = valueOf(at(disk, 'source'), 'file');
  return file === null ? [] : [file];
}

/** libosinfo's address of a system, as its last words: `http://debian.org/debian/12` is Debian 12. */
function guestOf(domain: XmlElement): string | null {
  const id = valueOf(at(domain, 'metadata', 'libosinfo', 'os'), 'id');
  const [, name, version = ''] = /^https?:\/\/[^/]+\/([^/]+)(?:\/(.+))?$/.exec(id ?? '') ?? [];
  return name === undefined ? null : `${name} ${version}`.trim();
}
