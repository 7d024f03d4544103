/** VMware's machines: a .vmx file of `name = "value"` lines. */
import { inEnglish } from '#shared/in-english.ts';
import { readVmx, vmxDisks, vmxLimitBytes, vmxNumber } from '../packages/box/vmx.ts';
import { mostFiles, type MachineDriver } from './machine.ts';

const mebibyte = 2 ** 20;

export const vmx: MachineDriver<'vmx'> = {
  id: 'vmx',
  title: inEnglish('VMware machine'),
  extensions: ['vmx'],
  probe: (start, file) =>
    file.sizeBytes <= vmxLimitBytes &&
    ['config', 'virtualhw'].every((name) =>
      new RegExp(`^(?:\\xef\\xbb\\xbf)?[ \\t]*${name}\\.version[ \\t]*=`, 'im').test(start),
    ),
  read(file) {
    const name = file.path.replace(/^.*[/\\]/, '');
    const values = readVmx(file, name);
    const memory = vmxNumber(values, 'memsize');
    const media = [...values]
      .filter(
        ([key, value]) =>
          /^(?:(?:ide|sata|scsi)\d{1,2}:\d{1,3}|floppy\d)\.filename$/.test(key) &&
          /\.(?:iso|img|flp)$/i.test(value),
      )
      .map(([, value]) => value);
    const state = ['nvram', 'extendedconfigfile'].map((key) => values.get(key) ?? '');
    return {
      name: values.get('displayname') ?? null,
      guest: values.get('guestos') ?? null,
      vcpus: vmxNumber(values, 'numvcpus') ?? 1,
      memoryBytes: memory === null ? null : memory * mebibyte,
      disks: vmxDisks(values)
        .slice(0, mostFiles)
        .map((disk) => disk.file),
      media: media.slice(0, mostFiles),
      state: [...state, name.replace(/(?:\.vmx)?$/i, '.vmsd')].filter((one) => one !== ''),
    };
  },
};
