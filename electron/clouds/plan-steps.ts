/** The steps of a plan, in the words that a person reads. */
import type { PreflightFacts } from '#shared/domain/preflight.ts';
import { fileNameOf } from '#shared/text/paths.ts';
import { formatBytes } from '#shared/text/units.ts';
import type { Cloud } from './cloud.ts';
import type { PlannedDisk } from './plan-outputs.ts';

/** What is done, in its order; reading back and the files beside are the last. */
export function planSteps(
  cloud: Cloud,
  facts: PreflightFacts,
  planned: readonly PlannedDisk[],
): readonly string[] {
  return [
    ...planned.flatMap((disk) => stepsOf(cloud, facts, disk)),
    'Read everything back, and write checksums, provenance and commands beside it',
  ];
}

function stepsOf(
  cloud: Cloud,
  file: PreflightFacts,
  { facts, output, virtualBytes, copied }: PlannedDisk,
): string[] {
  const { fileName, role, source } = output;
  if (role === 'package') return [`Copy ${fileNameOf(source.member ?? source.path)} as it is`];
  if (role === 'kernel' || role === 'ramdisk') {
    return [`Take the ${role === 'kernel' ? 'kernel' : 'RAM disk'} as it is: ${fileName}`];
  }
  const { parent, wrapper, furtherFiles, encrypted, virtualSizeBytes } = facts;
  const shown = facts.name ?? fileNameOf(file.path);
  const { grown } = source;
  const isLarger = virtualBytes !== null && virtualSizeBytes !== null && virtualBytes > virtualSizeBytes;
  const hasGpt = facts.layout?.scheme === 'gpt';
  return [
    ...(source.member === undefined ? [] : [`Read ${shown} out of the package, without a file in between`]),
    ...(copied ? [`Copy it as it is: ${fileName}`] : []),
    ...(copied || wrapper === null ? [] : [`Read the disk out of its ${wrapper}`]),
    ...(copied || !encrypted ? [] : ['Decrypt it']),
    ...(copied || parent === null ? [] : [`Join it with “${fileNameOf(parent)}”, which it stands on`]),
    ...(copied || parent !== null || furtherFiles.length === 0 ? [] : ['Join its files to one']),
    ...(isLarger
      ? [`Grow the disk from ${formatBytes(virtualSizeBytes)} to ${formatBytes(virtualBytes)}`]
      : []),
    ...(grown !== undefined && virtualSizeBytes === null
      ? [`Grow the disk to whole ${formatBytes(grown.unitBytes)}`]
      : []),
    ...(grown !== undefined && hasGpt ? ['Move the backup GPT to the end of the disk'] : []),
    ...(copied ? [] : [`Write ${fileName}: ${formOf(cloud, output)}`]),
  ];
}

function formOf({ preparation }: Cloud, { target, role }: PlannedDisk['output']): string {
  if (role === 'medium') return 'the medium as it is';
  const form = preparation.targets.find(
    (candidate) =>
      candidate.target.format === target.format &&
      candidate.target.variant === target.variant &&
      candidate.target.wrapper === target.wrapper,
  );
  return form?.title ?? `${target.format}, a bare file system`;
}
