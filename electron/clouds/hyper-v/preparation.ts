/** Hyper-V: a disk for New-VM. The commands are PowerShell's. */
import type { MetadataField } from '#shared/domain/preparation.ts';
import { inEnglish } from '#shared/in-english.ts';
import { firmwareOf, proposal } from '../guest-words.ts';
import { memoryField, proposeMemory } from '../machine-size.ts';
import { forms, usual, type Preparation } from '../preparation.ts';

const memory = memoryField('Memory', 32, 12_582_912);
const fields: readonly MetadataField[] = [
  {
    name: 'Generation',
    title: inEnglish('Generation'),
    help: inEnglish('1 starts by BIOS, 2 by UEFI. It cannot be changed later.'),
    type: 'choice',
    choices: ['1', '2'],
  },
  memory,
];

/** PowerShell's single quotes, in which nothing but a doubled quote means anything; curved ones count as well. */
const quoted = (text: string): string => `'${text.replaceAll(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`;

export const preparation: Preparation = {
  ...usual,
  targets: [forms.dynamicVhdx, forms.dynamicVhd],
  takesMedia: true,
  fields,
  propose: (facts) => [
    ...proposal('Generation', firmwareOf(facts), { bios: '1', uefi: '2' }),
    ...proposeMemory(memory, facts),
  ],
  handOver({ outputs, name, metadata }) {
    const { Generation: generation = '2', Memory: memory = '2048' } = metadata;
    const disks = outputs.filter(({ role }) => role === 'disk');
    const media = outputs.filter(({ role }) => role === 'medium');
    const path = (fileName: string): string => `(Resolve-Path ${quoted(`./${fileName}`)}).Path`;
    const first = disks[0];
    return {
      commands: [
        {
          title: inEnglish('Make a machine (in PowerShell, as an administrator)'),
          command: [
            `New-VM -Name ${quoted(name)} -Generation ${generation} -MemoryStartupBytes ${memory}MB ${first === undefined ? '-NoVHD' : `-VHDPath ${path(first.fileName)}`}`,
            ...disks
              .slice(1)
              .map(({ fileName }) => `Add-VMHardDiskDrive -VMName ${quoted(name)} -Path ${path(fileName)}`),
            ...media.map(({ fileName }) => `Add-VMDvdDrive -VMName ${quoted(name)} -Path ${path(fileName)}`),
          ].join('\n'),
        },
      ],
      terraform: null,
    };
  },
};
