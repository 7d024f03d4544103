/** UTM's machines: the config.plist in a folder that is called `name.utm`, with the disks in a folder beside it. */
import { inEnglish } from '#shared/in-english.ts';
import { binaryPlistMark } from './binary-plist.ts';
import { count, mostFiles, type MachineDriver } from './machine.ts';
import { dictionaryOf, listOf, readPlist, textAt } from './plist.ts';
import { hasRoot } from './xml.ts';

const mebibyte = 2 ** 20;

export const utm: MachineDriver<'utm'> = {
  id: 'utm',
  title: inEnglish('UTM machine'),
  extensions: ['plist'],
  probe: (start, file) =>
    /\.utm[/\\]config\.plist$/i.test(file.path) &&
    (start.startsWith(binaryPlistMark)
      ? /Drives?|Backend/.test(start)
      : hasRoot(start, 'plist') && /<key>(?:Drives?|Backend)<\/key>/.test(start)),
  read(file) {
    const root = dictionaryOf(readPlist(file));
    const [information, system] = [dictionaryOf(root.get('Information')), dictionaryOf(root.get('System'))];
    const memory = count(textAt(system, 'MemorySize') ?? textAt(system, 'Memory'));
    const drives = listOf(root.get('Drive') ?? root.get('Drives')).map(dictionaryOf);
    const files = drives.slice(0, mostFiles).map((drive) => {
      // Version 4 keeps disks in Data and calls them ImageName, the versions before in Images, and ImagePath.
      const [name, path] = [textAt(drive, 'ImageName'), textAt(drive, 'ImagePath')];
      const file = name !== null ? `Data/${name}` : path !== null ? `Images/${path}` : null;
      return { file, isMedium: /cd|floppy/i.test(textAt(drive, 'ImageType') ?? '') };
    });
    return {
      name: textAt(information, 'Name'),
      guest: textAt(dictionaryOf(information.get('OperatingSystem')), 'Name'),
      vcpus: count(textAt(system, 'CPUCount')),
      memoryBytes: memory === null ? null : memory * mebibyte,
      disks: files.flatMap(({ file: one, isMedium }) => (isMedium ? [] : (one ?? []))),
      media: files.flatMap(({ file: one, isMedium }) => (isMedium ? (one ?? []) : [])),
      state: ['Data/efi_vars.fd'],
    };
  },
};
