/** Amazon Web Services: what its three ways in are given, and the commands for each. */
import type { HandOver, MetadataField, OutputRequest } from '#shared/domain/preparation.ts';
import type { PreflightFacts } from '#shared/domain/preflight.ts';
import { inEnglish } from '#shared/in-english.ts';
import { gibibyte } from '../conditions.ts';
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

const architecture: MetadataField = {
  name: 'architecture',
  title: inEnglish('Architecture'),
  help: inEnglish('Of the instances that will start from it.'),
  type: 'choice',
  choices: ['x86_64', 'arm64', 'i386'],
};
const bootMode: MetadataField = {
  name: 'boot-mode',
  title: inEnglish('Boot mode'),
  help: inEnglish('The firmware that instances start with.'),
  type: 'choice',
  choices: ['legacy-bios', 'uefi', 'uefi-preferred'],
};
const importBootMode: MetadataField = { ...bootMode, choices: ['legacy-bios', 'uefi'] };
const platform: MetadataField = {
  name: 'platform',
  title: inEnglish('Platform'),
  help: inEnglish('The operating system.'),
  type: 'choice',
  choices: ['Linux', 'Windows'],
};

const propose = (facts: PreflightFacts) => [
  ...proposal('architecture', architectureOf(facts), (name) =>
    name === 'aarch64'
      ? 'arm64'
      : architecture.type === 'choice' && architecture.choices.includes(name)
        ? name
        : undefined,
  ),
  ...proposal('boot-mode', firmwareOf(facts), { bios: 'legacy-bios', uefi: 'uefi' }),
];

export const ebs: Preparation = {
  ...usual,
  targets: [forms.raw],
  growth: { unitBytes: gibibyte, leastBytes: gibibyte },
  fields: [architecture, bootMode],
  propose,
  handOver: ({ outputs, name, metadata }) => ({
    commands: [
      ...outputs.map(({ fileName }, index) => ({
        title: inEnglish('Write the blocks of {fileName} into a snapshot', { fileName }),
        command: assigned(snapshot(index), command('coldsnap', 'upload', '--wait', local(fileName))),
      })),
      register(outputs, name, metadata),
    ],
    terraform: machineImage(outputs, name, metadata, null),
  }),
};

export const snapshotImport: Preparation = {
  ...usual,
  targets: [forms.raw, forms.streamVmdk, forms.dynamicVhd],
  fields: [architecture, bootMode],
  propose,
  handOver: (subject) => snapshotHandOver(subject),
};

export const imageImport: Preparation = {
  ...usual,
  targets: [forms.streamVmdk, forms.raw, forms.dynamicVhd],
  fields: [{ ...architecture, choices: ['x86_64', 'i386'] } as MetadataField, importBootMode, platform],
  propose: (facts) => [
    ...propose(facts).filter(({ value }) => value !== 'arm64'),
    ...proposal('platform', systemOf(facts), { linux: 'Linux', windows: 'Windows' }),
  ],
  handOver: (subject) => imageHandOver(subject),
};

const bucket = required('BUCKET', 'the S3 bucket for the import');
const snapshot = (index: number): string => (index === 0 ? 'SNAPSHOT_ID' : `SNAPSHOT_ID_${index + 1}`);
const awsFormat = ({ format }: OutputRequest): string => format.toUpperCase();

function toBucket({ fileName }: OutputRequest) {
  const line = command('aws', 's3', 'cp', local(fileName), {
    shell: `"s3://$BUCKET/"${quotedKey(fileName)}`,
  });
  return { title: inEnglish('Upload {fileName} to S3', { fileName }), command: `${bucket}\n${line}` };
}

/** Names of outputs hold letters, digits, dots, dashes and underscores only. @see plan.ts */
const quotedKey = (fileName: string): string => fileName;

function snapshotHandOver({ outputs, name, metadata }: HandOverSubject): HandOver {
  const imports = outputs.map((output, index) => {
    const container = {
      shell: `"Format=${awsFormat(output)},UserBucket={S3Bucket=$BUCKET,S3Key=${output.fileName}}"`,
    };
    const task = variable('TASK_ID');
    const query = ['--output', 'text', '--query'];
    const lines = [
      assigned(
        'TASK_ID',
        command('aws', 'ec2', 'import-snapshot', '--disk-container', container, ...query, 'ImportTaskId'),
      ),
      command('aws', 'ec2', 'wait', 'snapshot-imported', '--import-task-ids', task),
      assigned(
        snapshot(index),
        command(
          'aws',
          'ec2',
          'describe-import-snapshot-tasks',
          '--import-task-ids',
          task,
          ...query,
          'ImportSnapshotTasks[0].SnapshotTaskDetail.SnapshotId',
        ),
      ),
    ];
    return {
      title: inEnglish('Import {fileName} as a snapshot', { fileName: output.fileName }),
      command: lines.join('\n'),
    };
  });
  const imported = outputs.map((output, index) =>
    terraformBlock(`resource "aws_ebs_snapshot_import" "disk${index === 0 ? '' : `_${index + 1}`}"`, {}, [
      terraformBlock('disk_container', { format: awsFormat(output) }, [
        terraformBlock('user_bucket', { s3_bucket: { expression: 'var.bucket' }, s3_key: output.fileName }),
      ]),
    ]),
  );
  return {
    commands: [...outputs.map(toBucket), ...imports, register(outputs, name, metadata)],
    terraform: [
      terraformVariable('bucket', 'The S3 bucket that the files were uploaded to'),
      ...imported,
      machineImage(outputs, name, metadata, 'aws_ebs_snapshot_import.disk'),
    ].join('\n\n'),
  };
}

function imageHandOver({ outputs, name, metadata }: HandOverSubject): HandOver {
  const containers = outputs.map((output) => ({
    shell: `"Format=${output.role === 'package' ? 'OVA' : awsFormat(output)},UserBucket={S3Bucket=$BUCKET,S3Key=${output.fileName}}"`,
  }));
  const task = variable('TASK_ID');
  const words = [
    ...['aws', 'ec2', 'import-image', '--description', name],
    ...Object.entries(metadata).flatMap(([key, value]) => [`--${key}`, value]),
    '--disk-containers',
    ...containers,
    ...['--output', 'text', '--query', 'ImportTaskId'],
  ];
  return {
    commands: [
      ...outputs.map(toBucket),
      { title: inEnglish('Import the machine'), command: assigned('TASK_ID', command(...words)) },
      {
        title: inEnglish('See how far it is, and the image when it is done'),
        command: command('aws', 'ec2', 'describe-import-image-tasks', '--import-task-ids', task),
      },
    ],
    // The provider has no resource for ImportImage.
    terraform: null,
  };
}

const deviceName = (index: number): string => `/dev/sd${String.fromCharCode(97 + index)}`;

function register(outputs: readonly OutputRequest[], name: string, metadata: HandOverSubject['metadata']) {
  const mappings = outputs.map((_output, index) => ({
    shell: `"DeviceName=${deviceName(index)},Ebs={SnapshotId=$${snapshot(index)}}"`,
  }));
  const words = [
    ...['aws', 'ec2', 'register-image', '--name', name],
    ...['--root-device-name', deviceName(0), '--virtualization-type', 'hvm', '--ena-support'],
    ...Object.entries(metadata).flatMap(([key, value]) => [`--${key}`, value]),
    '--block-device-mappings',
    ...mappings,
  ];
  return { title: inEnglish('Register the image'), command: command(...words) };
}

function machineImage(
  outputs: readonly OutputRequest[],
  name: string,
  metadata: HandOverSubject['metadata'],
  resource: string | null,
): string {
  const snapshotOf = (index: number): string => {
    const suffix = index === 0 ? '' : `_${index + 1}`;
    return resource === null ? `var.snapshot_id${suffix}` : `${resource}${suffix}.id`;
  };
  const variables =
    resource !== null
      ? []
      : outputs.map((output, index) =>
          terraformVariable(
            snapshotOf(index).slice('var.'.length),
            `The snapshot made of ${output.fileName}`,
          ),
        );
  const image = terraformBlock(
    'resource "aws_ami" "image"',
    {
      name,
      architecture: metadata['architecture'] ?? null,
      boot_mode: metadata['boot-mode'] ?? null,
      virtualization_type: 'hvm',
      root_device_name: deviceName(0),
      ena_support: true,
    },
    outputs.map((_output, index) =>
      terraformBlock('ebs_block_device', {
        device_name: deviceName(index),
        snapshot_id: { expression: snapshotOf(index) },
      }),
    ),
  );
  return [...variables, image].join('\n\n');
}
