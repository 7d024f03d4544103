/** The steps of a plan, in the words that a person reads. */
import type { PreflightFacts } from '#shared/domain/preflight.ts';
import { fileNameOf } from '#shared/text/paths.ts';
import { asValue, inEnglish, type Message } from '#shared/in-english.ts';
import { formatName } from '#shared/domain/format-name.ts';
import type { Cloud } from './cloud.ts';
import type { PlannedDisk } from './plan-outputs.ts';

/** What is done, in its order; reading back and the files beside are the last. */
export function planSteps(
  cloud: Cloud,
  facts: PreflightFacts,
  planned: readonly PlannedDisk[],
  splitBytes: number | undefined,
): readonly Message[] {
  return [
    ...planned.flatMap((disk) => stepsOf(cloud, facts, disk)),
    ...(splitBytes === undefined
      ? []
      : [
          inEnglish('Split what is larger into parts of {size}, for which both are there for a while', {
            size: { bytes: splitBytes },
          }),
        ]),
    inEnglish('Read everything back, and write checksums, provenance and commands beside it'),
  ];
}

function stepsOf(
  cloud: Cloud,
  file: PreflightFacts,
  { facts, output, virtualBytes, copied }: PlannedDisk,
): Message[] {
  const { fileName, role, source } = output;
  if (role === 'package')
    return [inEnglish('Copy {name} as it is', { name: fileNameOf(source.member ?? source.path) })];
  if (role === 'kernel') return [inEnglish('Take the kernel as it is: {fileName}', { fileName })];
  if (role === 'ramdisk') return [inEnglish('Take the RAM disk as it is: {fileName}', { fileName })];
  const { parent, wrapper, furtherFiles, encrypted, virtualSizeBytes } = facts;
  const shown = facts.name ?? fileNameOf(file.path);
  const { grown } = source;
  const isLarger = virtualBytes !== null && virtualSizeBytes !== null && virtualBytes > virtualSizeBytes;
  const hasGpt = facts.layout?.scheme === 'gpt';
  return [
    ...(source.member === undefined
      ? []
      : [inEnglish('Read {shown} out of the package, without a file in between', { shown })]),
    ...(copied ? [inEnglish('Copy it as it is: {fileName}', { fileName })] : []),
    ...(copied || wrapper === null ? [] : [inEnglish('Read the disk out of its {wrapper}', { wrapper })]),
    ...(copied || !encrypted ? [] : [inEnglish('Decrypt it')]),
    ...(copied || parent === null
      ? []
      : [inEnglish('Join it with “{parent}”, which it stands on', { parent: fileNameOf(parent) })]),
    ...(copied || parent !== null || furtherFiles.length === 0 ? [] : [inEnglish('Join its files to one')]),
    ...(isLarger
      ? [
          inEnglish('Grow the disk from {old} to {larger}', {
            old: { bytes: virtualSizeBytes },
            larger: { bytes: virtualBytes },
          }),
        ]
      : []),
    ...(grown !== undefined && virtualSizeBytes === null
      ? [inEnglish('Grow the disk to whole {unit}', { unit: { bytes: grown.unitBytes } })]
      : []),
    ...(grown !== undefined && hasGpt ? [inEnglish('Move the backup GPT to the end of the disk')] : []),
    ...(copied ? [] : [writingOf(cloud, output)]),
  ];
}

function writingOf({ preparation }: Cloud, { fileName, target, role }: PlannedDisk['output']): Message {
  if (role === 'medium') return inEnglish('Write {fileName}: the medium as it is', { fileName });
  const form = preparation.targets.find(
    (candidate) =>
      candidate.target.format === target.format &&
      candidate.target.variant === target.variant &&
      candidate.target.wrapper === target.wrapper,
  );
  return form === undefined
    ? inEnglish('Write {fileName}: {format}, a bare file system', {
        fileName,
        format: formatName(target.format),
      })
    : inEnglish('Write {fileName}: {form}', { fileName, form: asValue(form.title) });
}
