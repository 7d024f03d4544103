/** Oracle Cloud Infrastructure: an object in a bucket that becomes a custom image. */
import type { MetadataField } from '#shared/domain/preparation.ts';
import { inEnglish } from '#shared/in-english.ts';
import { distributionOf, firmwareOf, proposal } from '../guest-words.ts';
import { forms, usual, type Preparation } from '../preparation.ts';
import { command, local, required, terraformBlock, terraformVariable, variable } from '../shell-words.ts';

const fields: readonly MetadataField[] = [
  {
    name: 'launch-mode',
    title: inEnglish('Launch mode'),
    help: inEnglish(
      'Paravirtualized needs virtio drivers in the guest; emulated shows an E1000 and an old SCSI controller.',
    ),
    type: 'choice',
    choices: ['PARAVIRTUALIZED', 'EMULATED', 'NATIVE'],
  },
  {
    name: 'firmware',
    title: inEnglish('Firmware'),
    help: inEnglish('What instances start with: set on the image after the import.'),
    type: 'choice',
    choices: ['BIOS', 'UEFI_64'],
  },
  {
    name: 'operating-system',
    title: inEnglish('Operating system'),
    help: inEnglish('As it is shown in the list of images.'),
    type: 'text',
    pattern: '[\\x20-\\x7e]{1,255}',
  },
  {
    name: 'operating-system-version',
    title: inEnglish('Version'),
    help: inEnglish('As it is shown in the list of images.'),
    type: 'text',
    pattern: '[\\x20-\\x7e]{1,255}',
  },
];

export const preparation: Preparation = {
  ...usual,
  targets: [forms.qcow2, forms.compressedQcow2, forms.streamVmdk],
  fields,
  propose(facts) {
    const distribution = distributionOf(facts);
    return [
      ...proposal('firmware', firmwareOf(facts), { bios: 'BIOS', uefi: 'UEFI_64' }),
      ...proposal('operating-system', distribution),
      ...(distribution?.version == null
        ? []
        : [{ name: 'operating-system-version', value: distribution.version, reason: distribution.reason }]),
    ];
  },
  handOver({ outputs, name, metadata }) {
    const { firmware, ...words } = metadata;
    const named = outputs.map((output, index) => ({
      ...output,
      image: outputs.length === 1 ? name : `${name}-${index + 1}`,
    }));
    const bucket = ['--bucket-name', variable('BUCKET')];
    return {
      commands: named.map(({ fileName, format, image }, index) => ({
        title: inEnglish('Make an image of {fileName}', { fileName }),
        command: [
          required('BUCKET', 'the Object Storage bucket for the import'),
          required('COMPARTMENT_ID', 'the OCID of the compartment'),
          command('oci', 'os', 'object', 'put', ...bucket, '--file', local(fileName), '--name', fileName),
          command(
            ...[
              'oci',
              'compute',
              'image',
              'import',
              'from-object',
              '--compartment-id',
              variable('COMPARTMENT_ID'),
              ...bucket,
            ],
            ...['--namespace', { shell: '"$(oci os ns get --query data --raw-output)"' }, '--name', fileName],
            ...['--display-name', image, '--source-image-type', format.toUpperCase()],
            ...(index === 0 ? Object.entries(words).flatMap(([key, value]) => [`--${key}`, value]) : []),
          ),
          ...(index === 0 && firmware === 'UEFI_64'
            ? ['# When the import is done, edit the image’s capabilities: firmware UEFI_64.']
            : []),
        ].join('\n'),
      })),
      terraform: [
        terraformVariable('compartment_id', 'The OCID of the compartment'),
        terraformVariable('namespace', 'The namespace of Object Storage'),
        terraformVariable('bucket', 'The bucket that the file was uploaded to'),
        ...named.map(({ fileName, format, image }, index) =>
          terraformBlock(
            `resource "oci_core_image" "image${index === 0 ? '' : `_${index + 1}`}"`,
            {
              compartment_id: { expression: 'var.compartment_id' },
              display_name: image,
              launch_mode: index === 0 ? (metadata['launch-mode'] ?? null) : null,
            },
            [
              terraformBlock('image_source_details', {
                source_type: 'objectStorageTuple',
                namespace_name: { expression: 'var.namespace' },
                bucket_name: { expression: 'var.bucket' },
                object_name: fileName,
                source_image_type: format.toUpperCase(),
                operating_system: index === 0 ? (metadata['operating-system'] ?? null) : null,
                operating_system_version: index === 0 ? (metadata['operating-system-version'] ?? null) : null,
              }),
            ],
          ),
        ),
      ].join('\n\n'),
    };
  },
};
