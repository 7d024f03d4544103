/** The plan for a cloud: which files are written from which disks, in which steps. Pure: it follows from facts and request. */
import type { HandOver, PreparationPlan, PreparationRequest } from '#shared/domain/preparation.ts';
import type { PreflightFacts } from '#shared/domain/preflight.ts';
import { Failure } from '#shared/failure.ts';
import { fileNameOf } from '#shared/text/paths.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { Cloud } from './cloud.ts';
import { factsAfter } from './facts-after.ts';
import { handOverScript } from './hand-over.ts';
import { describeMetadata, type KnownDefinitions } from './metadata.ts';
import { planOutputs, untouched, type PlannedDisk } from './plan-outputs.ts';
import { planSteps } from './plan-steps.ts';
import { cloudOf, findingsOf, judge, takesWhole, type JudgedFinding } from './preflight.ts';

export interface PlanSurroundings extends KnownDefinitions {
  /** Who prepares, for the record: "Platter 1.0.0". */
  readonly tool: string;
}

/**
 * What preparing will do. @throws Failure `input.invalid` for a cloud, a target, a disk, a fix or a value that is none, and
 * where there is no disk to prepare.
 */
export function planPreparation(
  facts: PreflightFacts,
  request: PreparationRequest,
  surroundings: PlanSurroundings,
): PreparationPlan {
  const cloud = cloudOf(request.cloud);
  const { preparation } = cloud;
  const before = findingsOf(cloud, facts);
  const fixes = chosenFixes(before, request.fixes);
  const name = request.name ?? `${safeName(stemOf(fileNameOf(request.source.path)))}-${cloud.id}`;
  if (safeName(name) !== name) {
    throw invalid(
      inEnglish('a name holds letters, digits, dots, dashes and underscores, not "{name}"', { name }),
    );
  }
  const described = describeMetadata(preparation, facts, request.metadata ?? {}, surroundings);
  const { metadata } = described;
  const planned = planOutputs({ cloud, facts, request, before, fixes, name });
  const outputs = planned.map(({ output }) => output);
  const steps = planSteps(cloud, facts, planned, request.splitBytes);
  const handOver = withJoining(
    request,
    name,
    preparation.handOver({
      facts,
      outputs,
      virtualSizes: planned.map(({ virtualBytes }) => virtualBytes),
      name,
      metadata,
    }),
  );
  const { force, verify, checksums, splitBytes } = request;
  return {
    cloud: cloud.id,
    work: {
      cloud: cloud.id,
      cloudTitle: cloud.title,
      sourcePath: request.source.path,
      tool: surroundings.tool,
      name,
      outputFolder: request.outputFolder,
      outputs,
      steps,
      metadata,
      texts: [
        {
          fileName: `${name}.hand-over.${cloud.id === 'hyper-v' ? 'ps1' : 'sh'}`,
          text: handOverScript(cloud, handOver),
        },
        ...(handOver.terraform === null ? [] : [{ fileName: `${name}.tf`, text: `${handOver.terraform}\n` }]),
      ],
      ...(force === undefined ? {} : { force }),
      ...(verify === undefined ? {} : { verify }),
      ...(checksums === undefined ? {} : { checksums }),
      ...(splitBytes === undefined ? {} : { splitBytes }),
    },
    fixes,
    target: targetIn(cloud, request, planned),
    targets: [
      ...preparation.targets.map(({ id, title }) => ({ id, title })),
      ...(canStay(cloud, facts) ? [untouched] : []),
    ],
    before: judge(cloud, facts),
    after: judge(cloud, factsAfter(facts, planned)),
    ...described,
    handOver,
  };
}

/** What was split is joined first, where the files are. */
function withJoining({ cloud, splitBytes }: PreparationRequest, name: string, handOver: HandOver): HandOver {
  if (splitBytes === undefined) return handOver;
  const command = cloud === 'hyper-v' ? `& ./${name}.join.cmd` : `sh ./${name}.join.sh`;
  return { ...handOver, commands: [{ title: inEnglish('Join the parts'), command }, ...handOver.commands] };
}

/** The rules whose fixes are wanted, each once. @throws Failure `input.invalid` for a rule that nothing mends here. */
function chosenFixes(findings: readonly JudgedFinding[], wanted: readonly string[] | undefined): string[] {
  const fixable = [
    ...new Set(findings.flatMap(({ finding: { rule, fix } }) => (fix === undefined ? [] : [rule]))),
  ];
  if (wanted === undefined) return fixable;
  const unknown = wanted.find((rule) => !fixable.includes(rule));
  if (unknown === undefined) return fixable.filter((rule) => wanted.includes(rule));
  throw invalid(
    fixable.length === 0
      ? inEnglish('nothing is to be mended of "{unknown}"', { unknown })
      : inEnglish('nothing is to be mended of "{unknown}"; what can be is {fixable}', {
          unknown,
          fixable: fixable.join(', '),
        }),
  );
}

/** What lies in one piece can be handed over as it is, whatever the cloud says of it. */
function canStay(cloud: Cloud, facts: PreflightFacts): boolean {
  const isAlone = facts.disks.every(
    ({ parent, furtherFiles }) => parent === null && furtherFiles.length === 0,
  );
  return takesWhole(cloud, facts) || isAlone;
}

function targetIn(
  { preparation }: Cloud,
  request: PreparationRequest,
  planned: readonly PlannedDisk[],
): string {
  if (request.target !== undefined && request.target !== untouched.id) return request.target;
  return planned.every(({ copied }) => copied) ? untouched.id : preparation.targets[0].id;
}

const knownEndings =
  /\.(?:tar\.gz|tgz|tar|gz|xz|bz2|zst|img|raw|qcow2?|vmdk|vhdx?|vdi|iso|ova|ovf|box|ami)$/i;

function stemOf(fileName: string): string {
  let stem = fileName;
  for (let count = 0; count < 2; count++) stem = stem.replace(knownEndings, '');
  return stem === '' ? fileName : stem;
}

/** A name that means nothing to a shell, a URL or an object store. */
function safeName(name: string): string {
  const text = name
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+/, '')
    .slice(0, 120);
  return text === '' ? 'image' : text;
}

function invalid(problem: Message): Failure<'input.invalid'> {
  return new Failure('input.invalid', { problem });
}
