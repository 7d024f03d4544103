/** VirtualBox: a package that it imports, or disks that VBoxManage makes a machine around. */
import type { MetadataField } from '#shared/domain/preparation.ts';
import { inEnglish } from '#shared/in-english.ts';
import { firmwareOf, proposal } from '../guest-words.ts';
import { memoryField, processorsField, proposeMemory, proposeProcessors } from '../machine-size.ts';
import { forms, usual, type Preparation } from '../preparation.ts';
import { command, local } from '../shell-words.ts';

const memory = memoryField('memory', 4, 2_097_152);
const processors = processorsField('cpus', 64);
const fields: readonly MetadataField[] = [
  memory,
  processors,
  {
    name: 'firmware',
    title: inEnglish('Firmware'),
    help: inEnglish('What starts the disk.'),
    type: 'choice',
    choices: ['bios', 'efi'],
  },
  {
    name: 'ostype',
    title: inEnglish('System'),
    help: inEnglish('As `VBoxManage list ostypes` has it: Debian_64, Windows11_64.'),
    type: 'text',
    pattern: '[A-Za-z0-9_]{1,64}',
  },
];

export const preparation: Preparation = {
  ...usual,
  targets: [forms.dynamicVdi, forms.streamVmdk, forms.dynamicVhd],
  takesMedia: true,
  fields,
  propose: (facts) => [
    ...proposeMemory(memory, facts),
    ...proposeProcessors(processors, facts),
    ...proposal('firmware', firmwareOf(facts), { bios: 'bios', uefi: 'efi' }),
  ],
  handOver({ outputs, name, metadata }) {
    const whole = outputs.find(({ role, fileName }) => role === 'package' && /\.ov[af]$/i.test(fileName));
    if (whole !== undefined) {
      const line = command('VBoxManage', 'import', local(whole.fileName), '--vsys', '0', '--vmname', name);
      return { commands: [{ title: inEnglish('Import the package'), command: line }], terraform: null };
    }
    const { ostype, ...hardware } = metadata;
    const settings = Object.entries(hardware).flatMap(([key, value]) => [`--${key}`, value]);
    const attach = outputs.map(({ fileName, role }, port) => ({
      title: inEnglish('Attach {fileName}', { fileName }),
      command: command(
        ...['VBoxManage', 'storageattach', name, '--storagectl', 'SATA', '--port', String(port)],
        ...['--type', role === 'medium' ? 'dvddrive' : 'hdd', '--medium', local(fileName)],
      ),
    }));
    return {
      commands: [
        {
          title: inEnglish('Make a machine'),
          command: [
            command(
              'VBoxManage',
              'createvm',
              '--name',
              name,
              ...(ostype === undefined ? [] : ['--ostype', ostype]),
              '--register',
            ),
            ...(settings.length === 0 ? [] : [command('VBoxManage', 'modifyvm', name, ...settings)]),
            command(
              'VBoxManage',
              'storagectl',
              name,
              '--name',
              'SATA',
              '--add',
              'sata',
              '--portcount',
              String(Math.min(30, outputs.length)),
            ),
          ].join('\n'),
        },
        ...attach,
      ],
      terraform: null,
    };
  },
};
