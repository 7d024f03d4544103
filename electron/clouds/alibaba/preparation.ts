/** Alibaba Cloud: an object in OSS that becomes a custom image. */
import type { MetadataField } from '#shared/domain/preparation.ts';
import { inEnglish } from '#shared/in-english.ts';
import { architectureOf, proposal, systemOf } from '../guest-words.ts';
import { forms, usual, type Preparation } from '../preparation.ts';
import { command, local, required, terraformBlock, terraformVariable, variable } from '../shell-words.ts';

const fields: readonly MetadataField[] = [
  {
    name: 'Architecture',
    title: inEnglish('Architecture'),
    help: inEnglish('Of the processor.'),
    type: 'choice',
    choices: ['x86_64', 'i386', 'arm64'],
  },
  {
    name: 'OSType',
    title: inEnglish('Operating system'),
    help: inEnglish('What the disk starts.'),
    type: 'choice',
    choices: ['linux', 'windows'],
  },
  {
    name: 'Platform',
    title: inEnglish('Platform'),
    help: inEnglish('The distribution, in the words of ImportImage: Ubuntu, Debian, CentOS, …'),
    type: 'text',
    pattern: '[\\x20-\\x7e]{1,64}',
  },
];
const formats: Readonly<Record<string, string>> = { qcow2: 'qcow2', vhd: 'VHD', raw: 'RAW', vmdk: 'VMDK' };

export const preparation: Preparation = {
  ...usual,
  targets: [forms.qcow2, forms.compressedQcow2, forms.dynamicVhd, forms.raw],
  fields,
  propose: (facts) => [
    ...proposal('Architecture', architectureOf(facts), (name) =>
      name === 'aarch64' ? 'arm64' : name === 'x86_64' ? name : undefined,
    ),
    ...proposal('OSType', systemOf(facts)),
  ],
  handOver({ outputs, name, metadata }) {
    const lines = outputs.map(({ fileName }) =>
      command('aliyun', 'oss', 'cp', local(fileName), { shell: `"oss://$BUCKET/${fileName}"` }),
    );
    const devices = outputs.flatMap(({ fileName, format }, index) => {
      const prefix = `--DiskDeviceMapping.${index + 1}`;
      return [
        `${prefix}.OSSBucket`,
        variable('BUCKET'),
        `${prefix}.OSSObject`,
        fileName,
        `${prefix}.Format`,
        formats[format] ?? 'RAW',
      ];
    });
    const words = Object.entries(metadata).flatMap(([key, value]) => [`--${key}`, value]);
    const needed = [
      required('BUCKET', 'the OSS bucket for the import'),
      required('REGION', 'the region of the bucket'),
    ];
    return {
      commands: [
        { title: inEnglish('Upload to OSS'), command: [...needed, ...lines].join('\n') },
        {
          title: inEnglish(
            'Import the image (the role AliyunECSImageImportDefaultRole has to be granted once)',
          ),
          command: command(
            'aliyun',
            'ecs',
            'ImportImage',
            '--RegionId',
            variable('REGION'),
            '--ImageName',
            name,
            ...words,
            ...devices,
          ),
        },
      ],
      terraform: [
        terraformVariable('bucket', 'The OSS bucket that the file was uploaded to'),
        terraformBlock(
          'resource "alicloud_image_import" "image"',
          {
            image_name: name,
            architecture: metadata['Architecture'] ?? null,
            os_type: metadata['OSType'] ?? null,
            platform: metadata['Platform'] ?? null,
          },
          outputs.map(({ fileName, format }) =>
            terraformBlock('disk_device_mapping', {
              oss_bucket: { expression: 'var.bucket' },
              oss_object: fileName,
              format: formats[format] ?? 'RAW',
            }),
          ),
        ),
      ].join('\n\n'),
    };
  },
};
