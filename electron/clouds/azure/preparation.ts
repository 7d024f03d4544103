/** Microsoft Azure: a fixed VHD that becomes a managed disk, page by page. */
import type { HandOver, MetadataField } from '#shared/domain/preparation.ts';
import { inEnglish } from '#shared/in-english.ts';
import { mebibyte } from '../conditions.ts';
import { architectureOf, firmwareOf, proposal, systemOf } from '../guest-words.ts';
import { forms, usual, type HandOverSubject, type Preparation } from '../preparation.ts';
import {
  assigned,
  command,
  local,
  required,
  terraformBlock,
  terraformVariable,
  variable,
} from '../shell-words.ts';

const fields: readonly MetadataField[] = [
  {
    name: 'hyper-v-generation',
    title: inEnglish('Generation'),
    help: inEnglish('V1 starts by BIOS, V2 by UEFI. It cannot be changed later.'),
    type: 'choice',
    choices: ['V1', 'V2'],
  },
  {
    name: 'os-type',
    title: inEnglish('Operating system'),
    help: inEnglish('What the disk starts.'),
    type: 'choice',
    choices: ['Linux', 'Windows'],
  },
  {
    name: 'architecture',
    title: inEnglish('Architecture'),
    help: inEnglish('Of the processor.'),
    type: 'choice',
    choices: ['x64', 'Arm64'],
  },
];

export const preparation: Preparation = {
  ...usual,
  targets: [forms.fixedVhd],
  growth: { unitBytes: mebibyte, leastBytes: 20 * mebibyte },
  fields,
  propose: (facts) => [
    ...proposal('hyper-v-generation', firmwareOf(facts), { bios: 'V1', uefi: 'V2' }),
    ...proposal('os-type', systemOf(facts), { linux: 'Linux', windows: 'Windows' }),
    ...proposal('architecture', architectureOf(facts), (name) =>
      name === 'x86_64' ? 'x64' : name === 'aarch64' ? 'Arm64' : undefined,
    ),
  ],
  handOver,
};

/** The footer of a fixed VHD. */
const footerBytes = 512;

function handOver({ outputs, virtualSizes, name, metadata }: HandOverSubject): HandOver {
  const group = ['--resource-group', variable('RESOURCE_GROUP')];
  const commands = outputs.map(({ fileName }, index) => {
    const disk = outputs.length === 1 ? name : `${name}-${index + 1}`;
    const virtualBytes = virtualSizes[index] ?? null;
    const size =
      virtualBytes === null
        ? { shell: `"$(wc -c < ${local(fileName)} | tr -d ' ')"` }
        : String(virtualBytes + footerBytes);
    const about = index === 0 ? Object.entries(metadata).flatMap(([key, value]) => [`--${key}`, value]) : [];
    const lines = [
      required('RESOURCE_GROUP', 'the resource group for the disk'),
      command(
        'az',
        'disk',
        'create',
        ...group,
        '--name',
        disk,
        '--upload-type',
        'Upload',
        '--upload-size-bytes',
        size,
        '--sku',
        'Standard_LRS',
        ...about,
      ),
      assigned(
        'SAS',
        command(
          'az',
          'disk',
          'grant-access',
          ...group,
          '--name',
          disk,
          '--access-level',
          'Write',
          '--duration-in-seconds',
          '86400',
          '--output',
          'tsv',
        ),
      ),
      command('azcopy', 'copy', local(fileName), variable('SAS'), '--blob-type', 'PageBlob'),
      command('az', 'disk', 'revoke-access', ...group, '--name', disk),
    ];
    return { title: inEnglish('Make a disk of {fileName}', { fileName }), command: lines.join('\n') };
  });
  const generation = metadata['hyper-v-generation'];
  const system = metadata['os-type'] ?? 'Linux';
  const image = command(
    ...['az', 'image', 'create', ...group, '--name', name, '--source', name, '--os-type', system],
    ...(generation === undefined ? [] : ['--hyper-v-generation', generation]),
  );
  return {
    commands:
      outputs.length === 1
        ? [...commands, { title: inEnglish('Make an image of the disk'), command: image }]
        : commands,
    terraform: [
      terraformVariable(
        'storage_account_id',
        'The storage account that the VHD was uploaded to, as a page blob',
      ),
      terraformVariable('vhd_uri', 'The address of the page blob'),
      terraformVariable('resource_group_name', 'The resource group'),
      terraformVariable('location', 'The region'),
      terraformBlock('resource "azurerm_managed_disk" "image"', {
        name,
        resource_group_name: { expression: 'var.resource_group_name' },
        location: { expression: 'var.location' },
        storage_account_type: 'Standard_LRS',
        create_option: 'Import',
        source_uri: { expression: 'var.vhd_uri' },
        storage_account_id: { expression: 'var.storage_account_id' },
        os_type: system,
        hyper_v_generation: generation ?? null,
      }),
    ].join('\n\n'),
  };
}
