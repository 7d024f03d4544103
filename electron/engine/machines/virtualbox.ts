/** VirtualBox's machines: a .vbox file. */
import { inEnglish } from '#shared/in-english.ts';
import type { XmlElement } from '../packages/ovf/xml.ts';
import { count, mostFiles, type MachineDriver } from './machine.ts';
import { all, at, hasRoot, readXml, valueOf } from './xml.ts';

const mebibyte = 2 ** 20;

export const virtualBox: MachineDriver<'vbox'> = {
  id: 'vbox',
  title: inEnglish('VirtualBox machine'),
  extensions: ['vbox'],
  // VirtualBox.xml, which has the settings of the program, has no machine.
  probe: (start) => hasRoot(start, 'VirtualBox') && /<Machine[\s>]/.test(start),
  read(file) {
    const machine = at(readXml(file), 'Machine');
    const registry = at(machine, 'MediaRegistry');
    const memory = count(valueOf(at(machine, 'Hardware', 'Memory'), 'RAMSize'));
    const media = ['DVDImages', 'FloppyImages'].flatMap((kind) => all(at(registry, kind), 'Image'));
    const nvram = valueOf(at(machine, 'Hardware', 'BIOS', 'NVRAM'), 'path');
    return {
      name: valueOf(machine, 'name'),
      guest: valueOf(machine, 'OSType'),
      vcpus: count(valueOf(at(machine, 'Hardware', 'CPU'), 'count')) ?? 1,
      memoryBytes: memory === null ? null : memory * mebibyte,
      disks: [...disksIn(at(registry, 'HardDisks'))].slice(0, mostFiles),
      media: media.flatMap((image) => valueOf(image, 'location') ?? []).slice(0, mostFiles),
      state: nvram === null ? [] : [nvram],
    };
  },
};

/** A disk has those inside it that were made over it. */
function* disksIn(element: XmlElement | null): Iterable<string> {
  for (const disk of all(element, 'HardDisk')) {
    const location = valueOf(disk, 'location');
    if (location !== null) yield location;
    yield* disksIn(disk);
  }
}
