/** What the facts of the prepared files will be, as far as a plan tells: so that the rules can be held against them before. */
import type { DiskFacts, PreflightFacts } from '#shared/domain/preflight.ts';
import type { PlannedDisk } from './plan-outputs.ts';

/** The image as it will be. What stays as it is keeps its facts. */
export function factsAfter(facts: PreflightFacts, planned: readonly PlannedDisk[]): PreflightFacts {
  if (planned.every(({ output }) => output.role === 'package')) return facts;
  const disks = planned
    .filter(({ output }) => output.role === 'disk' || output.role === 'medium')
    .map((disk) =>
      disk.copied ? { ...disk.facts, name: disk.output.fileName, member: null } : written(disk),
    );
  const [first] = disks;
  // Disks that come out of a package are files of their own.
  return { ...facts, kind: first?.kind ?? facts.kind, format: first?.format ?? facts.format, disks };
}

function written({ facts, output, virtualBytes }: PlannedDisk): DiskFacts {
  const { format, variant, wrapper, source } = output;
  const { layout } = facts;
  const moved = source.grown !== undefined && layout?.backupGpt != null;
  return {
    ...facts,
    name: output.fileName,
    member: null,
    format,
    variant,
    wrapper,
    virtualSizeBytes: virtualBytes,
    encrypted: false,
    parent: null,
    furtherFiles: [],
    snapshotCount: 0,
    claims: [],
    layout: layout === null || !moved ? layout : { ...layout, backupGpt: 'at-end' },
    inspection: inspectionOf(facts, format, variant),
  };
}

/** What Glance's inspector will take the file for: its own format, or, where that has no mark in front, what lies on it. */
function inspectionOf(facts: DiskFacts, format: string, variant: string | null): DiskFacts['inspection'] {
  const hasNoMark = format === 'raw' || format === 'iso' || (format === 'vhd' && variant === 'fixed');
  if (hasNoMark && facts.wrapper === null && ['raw', 'iso'].includes(facts.format)) return facts.inspection;
  const seen = hasNoMark ? (facts.layout?.scheme === null || facts.layout === null ? null : 'gpt') : format;
  return {
    matches: seen === null ? [] : [{ format: seen, complete: true, failures: [], sizeProblem: null }],
    breaksOff: false,
  };
}
