/** Google Compute Engine: disk.raw in a sparse tar in gzip, through Cloud Storage. */
import type { HandOver, MetadataField } from '#shared/domain/preparation.ts';
import { asValue, inEnglish } from '#shared/in-english.ts';
import { gibibyte } from '../conditions.ts';
import { architectureOf, firmwareOf, proposal, systemOf } from '../guest-words.ts';
import { usual, type HandOverSubject, type Preparation } from '../preparation.ts';
import { command, local, required, terraformBlock, terraformVariable } from '../shell-words.ts';

const features = ['UEFI_COMPATIBLE', 'VIRTIO_SCSI_MULTIQUEUE', 'GVNIC', 'WINDOWS', 'SECURE_BOOT'];
const fields: readonly MetadataField[] = [
  {
    name: 'guest-os-features',
    title: inEnglish('Guest features'),
    help: inEnglish('With commas between: {features}.', { features: { listed: features } }),
    type: 'text',
    pattern: `(?:${features.join('|')})(?:,(?:${features.join('|')}))*`,
  },
  {
    name: 'architecture',
    title: inEnglish('Architecture'),
    help: inEnglish('Of the processor.'),
    type: 'choice',
    choices: ['X86_64', 'ARM64'],
  },
  {
    name: 'family',
    title: inEnglish('Family'),
    help: inEnglish('Whose newest image this one becomes.'),
    type: 'text',
    pattern: '[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?',
  },
];

export const preparation: Preparation = {
  ...usual,
  targets: [
    {
      id: 'tar-gzip',
      title: inEnglish('disk.raw in a tar.gz'),
      target: { format: 'raw', wrapper: 'tar+gzip' },
      extension: 'tar.gz',
    },
  ],
  growth: { unitBytes: gibibyte, leastBytes: gibibyte },
  fields,
  propose(facts) {
    const uefi = proposal('guest-os-features', firmwareOf(facts), { uefi: 'UEFI_COMPATIBLE' });
    const windows = proposal('guest-os-features', systemOf(facts), { windows: 'WINDOWS' });
    const [first, second] = [...uefi, ...windows];
    const joined =
      first === undefined
        ? []
        : [
            {
              ...first,
              ...(second === undefined
                ? {}
                : {
                    value: `${first.value},${second.value}`,
                    reason: inEnglish('{first} {second}', {
                      first: asValue(first.reason),
                      second: asValue(second.reason),
                    }),
                  }),
            },
          ];
    return [
      ...joined,
      ...proposal('architecture', architectureOf(facts), (name) =>
        name === 'x86_64' ? 'X86_64' : name === 'aarch64' ? 'ARM64' : undefined,
      ),
    ];
  },
  handOver,
};

/** A name as Compute Engine takes it (RFC 1035). */
function resourceName(name: string): string {
  const text = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return (/^[a-z]/.test(text) ? text : `image-${text}`).slice(0, 63).replace(/-+$/, '');
}

function handOver({ outputs, name, metadata }: HandOverSubject): HandOver {
  const words = Object.entries(metadata).flatMap(([key, value]) => [`--${key}`, value]);
  const named = outputs.map(({ fileName }, index) => ({
    fileName,
    image: resourceName(outputs.length === 1 ? name : `${name}-${index + 1}`),
  }));
  const enabled = metadata['guest-os-features']?.split(',') ?? [];
  return {
    commands: named.map(({ fileName, image }, index) => ({
      title: inEnglish('Make an image of {fileName}', { fileName }),
      command: [
        required('BUCKET', 'the Cloud Storage bucket for the import'),
        command('gcloud', 'storage', 'cp', local(fileName), { shell: '"gs://$BUCKET/"' }),
        command(
          'gcloud',
          'compute',
          'images',
          'create',
          image,
          '--source-uri',
          { shell: `"gs://$BUCKET/${fileName}"` },
          ...(index === 0 ? words : []),
        ),
      ].join('\n'),
    })),
    terraform: [
      terraformVariable('bucket', 'The Cloud Storage bucket that the file was uploaded to'),
      ...named.map(({ fileName, image }, index) =>
        terraformBlock(
          `resource "google_compute_image" "image${index === 0 ? '' : `_${index + 1}`}"`,
          {
            name: image,
            family: index === 0 ? (metadata['family'] ?? null) : null,
            architecture: index === 0 ? (metadata['architecture'] ?? null) : null,
          },
          [
            terraformBlock('raw_disk', {
              source: { expression: `"https://storage.googleapis.com/\${var.bucket}/${fileName}"` },
            }),
            ...(index === 0 ? enabled.map((type) => terraformBlock('guest_os_features', { type })) : []),
          ],
        ),
      ),
    ].join('\n\n'),
  };
}
