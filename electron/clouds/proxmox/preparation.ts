/** Proxmox VE: qm makes a machine and takes the disks in; run on the node, in the folder of the files. */
import type { MetadataField } from '#shared/domain/preparation.ts';
import { inEnglish } from '#shared/in-english.ts';
import { firmwareOf, proposal, systemOf } from '../guest-words.ts';
import { memoryField, processorsField, proposeMemory, proposeProcessors } from '../machine-size.ts';
import { forms, usual, type Preparation } from '../preparation.ts';
import { command, local, required, variable } from '../shell-words.ts';

const memory = memoryField('memory', 64, 16_777_216);
const processors = processorsField('cores', 4096);
const fields: readonly MetadataField[] = [
  memory,
  processors,
  {
    name: 'bios',
    title: inEnglish('Firmware'),
    help: inEnglish('OVMF is UEFI.'),
    type: 'choice',
    choices: ['seabios', 'ovmf'],
  },
  {
    name: 'scsihw',
    title: inEnglish('SCSI controller'),
    help: inEnglish('What the disks are attached to.'),
    type: 'choice',
    choices: ['virtio-scsi-single', 'virtio-scsi-pci', 'lsi', 'lsi53c810', 'megasas', 'pvscsi'],
  },
  {
    name: 'ostype',
    title: inEnglish('System'),
    help: inEnglish('l26 is any Linux of today.'),
    type: 'choice',
    choices: ['l26', 'win11', 'win10', 'win8', 'win7', 'other'],
  },
];

export const preparation: Preparation = {
  ...usual,
  targets: [forms.qcow2, forms.compressedQcow2, forms.raw],
  takesMedia: true,
  fields,
  propose(facts) {
    const controller = facts.machine?.controller ?? '';
    const scsi = /lsilogic/i.test(controller) ? 'lsi' : /VirtualSCSI/i.test(controller) ? 'pvscsi' : null;
    return [
      ...proposeMemory(memory, facts),
      ...proposeProcessors(processors, facts),
      ...proposal('bios', firmwareOf(facts), { bios: 'seabios', uefi: 'ovmf' }),
      ...(scsi === null
        ? []
        : [
            {
              name: 'scsihw',
              value: scsi,
              reason: inEnglish('The package attaches its disk to {controller}.', { controller }),
            },
          ]),
      ...proposal('ostype', systemOf(facts), { linux: 'l26' }),
    ];
  },
  handOver({ outputs, name, metadata }) {
    const needed = [
      required('VMID', 'the number of the new machine'),
      required('STORAGE', 'the storage for its disks, as local-lvm'),
    ].join('\n');
    const [vmid, storage] = [variable('VMID'), variable('STORAGE')];
    const descriptor = outputs.find(({ role, fileName }) => role === 'package' && /\.ovf$/i.test(fileName));
    if (descriptor !== undefined) {
      const line = command('qm', 'importovf', vmid, local(descriptor.fileName), storage);
      return {
        commands: [{ title: inEnglish('Import the package'), command: `${needed}\n${line}` }],
        terraform: null,
      };
    }
    const machineName = name.replace(/[^A-Za-z0-9.-]+/g, '-');
    const disks = outputs.filter(({ role }) => role === 'disk');
    const words = Object.entries(metadata).flatMap(([key, value]) => [`--${key}`, value]);
    const firmware = metadata['bios'] === 'ovmf' ? ['--efidisk0', { shell: '"$STORAGE:1,efitype=4m"' }] : [];
    return {
      commands: [
        {
          title: inEnglish('Make a machine'),
          command: `${needed}\n${command('qm', 'create', vmid, '--name', machineName, ...words, ...firmware, '--net0', 'virtio,bridge=vmbr0')}`,
        },
        ...disks.map(({ fileName }, index) => ({
          title: inEnglish('Take in {fileName}', { fileName }),
          // The path of a disk that is imported is absolute.
          command: command('qm', 'set', vmid, `--scsi${index}`, {
            shell: `"$STORAGE:0,import-from=$PWD/${fileName}"`,
          }),
        })),
        ...(disks.length === 0
          ? outputs.map(({ fileName }) => ({
              title: inEnglish('Put {fileName} among the media', { fileName }),
              command: command('cp', local(fileName), '/var/lib/vz/template/iso/'),
            }))
          : [
              {
                title: inEnglish('Start from the first disk'),
                command: command('qm', 'set', vmid, '--boot', 'order=scsi0'),
              },
            ]),
      ],
      terraform: null,
    };
  },
};
