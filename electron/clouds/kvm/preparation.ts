/** KVM and libvirt: a disk that virt-install makes a machine around. */
import type { MetadataField } from '#shared/domain/preparation.ts';
import { inEnglish } from '#shared/in-english.ts';
import { architectureOf, distributionOf, firmwareOf, proposal } from '../guest-words.ts';
import { memoryField, processorsField, proposeMemory, proposeProcessors } from '../machine-size.ts';
import { forms, usual, type Preparation } from '../preparation.ts';
import { command, local } from '../shell-words.ts';

const memory = memoryField('memory', 64, 16_777_216);
const processors = processorsField('vcpus', 4096);
const fields: readonly MetadataField[] = [
  memory,
  processors,
  {
    name: 'osinfo',
    title: inEnglish('System'),
    help: inEnglish('As osinfo-query names it: debian12, ubuntu24.04, win2k22.'),
    type: 'text',
    pattern: '[a-z0-9][a-z0-9._-]{0,63}',
  },
  {
    name: 'arch',
    title: inEnglish('Architecture'),
    help: inEnglish('Of the processor.'),
    type: 'choice',
    choices: ['x86_64', 'aarch64', 'i686', 'armv7l', 'ppc64le', 'riscv64', 's390x'],
  },
  {
    name: 'boot',
    title: inEnglish('Firmware'),
    help: inEnglish('BIOS unless said otherwise.'),
    type: 'choice',
    choices: ['uefi'],
  },
  {
    name: 'bus',
    title: inEnglish('Disk bus'),
    help: inEnglish('virtio is the fastest; older guests need another one.'),
    type: 'choice',
    choices: ['virtio', 'scsi', 'sata', 'ide'],
  },
];

export const preparation: Preparation = {
  ...usual,
  targets: [forms.qcow2, forms.compressedQcow2, forms.raw],
  takesMedia: true,
  fields,
  propose(facts) {
    const distribution = distributionOf(facts);
    return [
      ...proposeMemory(memory, facts),
      ...proposeProcessors(processors, facts),
      ...(distribution?.version == null || !['debian', 'ubuntu', 'fedora'].includes(distribution.value)
        ? []
        : [
            {
              name: 'osinfo',
              value: `${distribution.value}${distribution.version}`,
              reason: distribution.reason,
            },
          ]),
      ...proposal('arch', architectureOf(facts), (name) =>
        name === 'x86_64' || name === 'aarch64' ? name : undefined,
      ),
      ...proposal('boot', firmwareOf(facts), { uefi: 'uefi' }),
    ];
  },
  handOver({ outputs, name, metadata }) {
    const { memory = '2048', vcpus = '2', osinfo, arch, boot, bus } = metadata;
    const media = outputs.filter(({ role }) => role === 'medium');
    const disks = outputs.filter(({ role }) => role === 'disk');
    const words = [
      ...['virt-install', '--name', name, '--memory', memory, '--vcpus', vcpus],
      ...(arch === undefined ? [] : ['--arch', arch]),
      ...(osinfo === undefined ? ['--osinfo', 'detect=on,require=off'] : ['--osinfo', osinfo]),
      ...(boot === undefined ? [] : ['--boot', boot]),
      ...disks.flatMap(({ fileName, format }) => [
        '--disk',
        { shell: `"path=$PWD/${fileName},format=${format}${bus === undefined ? '' : `,bus=${bus}`}"` },
      ]),
      ...media.flatMap(({ fileName }) => ['--cdrom', local(fileName)]),
      ...(media.length > 0 ? ['--disk', 'size=20'] : ['--import']),
    ];
    return {
      commands: [{ title: inEnglish('Make a machine'), command: command(...words) }],
      terraform: null,
    };
  },
};
