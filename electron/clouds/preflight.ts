/** Holds an image's facts against the rules of clouds. Pure: the facts were gathered before. */
import type {
  CloudDescription,
  CloudVerdict,
  Finding,
  Preflight,
  PreflightFacts,
  Verdict,
} from '#shared/domain/preflight.ts';
import { Failure } from '#shared/failure.ts';
import { asValue, inEnglish, type Phrase } from '#shared/in-english.ts';
import { formatName } from '#shared/domain/format-name.ts';
import type { Cloud, Mending, Rule, Subject } from './cloud.ts';
import { imageRules } from './image-rules.ts';
import { clouds } from './registry.ts';

/** All that rules are known for, in the order in which they are shown. */
export function describeClouds(): readonly CloudDescription[] {
  return clouds.map(({ id, title, kind, takes }) => ({ id, title, kind, takes }));
}

/** What the clouds with these ids, or all, say of the image. @throws Failure `input.invalid` for an id that is none. */
export function preflight(facts: PreflightFacts, ids: readonly string[] = []): Preflight {
  const chosen = ids.length === 0 ? clouds : ids.map(cloudOf);
  return { path: facts.path, clouds: chosen.map((cloud) => judge(cloud, facts)) };
}

/** The cloud with that id. @throws Failure `input.invalid`. */
export function cloudOf(id: string): Cloud {
  const cloud = clouds.find((candidate) => candidate.id === id);
  if (cloud !== undefined) return cloud;
  const known = clouds.map((candidate) => candidate.id).join(', ');
  throw new Failure('input.invalid', {
    problem: inEnglish('there is no cloud "{id}"; there are {known}', { id, known }),
  });
}

/** What one cloud says of the image. */
export function judge(cloud: Cloud, facts: PreflightFacts): CloudVerdict {
  const findings = findingsOf(cloud, facts).map(({ finding }) => finding);
  return { id: cloud.id, verdict: verdictOf(findings), findings };
}

/** A finding, and what a plan needs to know of it. */
export interface JudgedFinding {
  readonly finding: Finding;
  /** The disk, by its place in the facts; null for the package as a whole. */
  readonly disk: number | null;
  readonly mends: Mending;
}

/** Whether the cloud takes the package as it is. */
export function takesWhole({ packages }: Cloud, { kind, format }: PreflightFacts): boolean {
  return kind === 'package' && packages.accepted.includes(format);
}

export function findingsOf(cloud: Cloud, file: PreflightFacts): readonly JudgedFinding[] {
  const rules = [...imageRules[cloud.kind], ...cloud.rules];
  const staysPackaged = takesWhole(cloud, file);
  const findings = file.disks.flatMap((disk, index) => {
    const subject: Subject = { file, disk, boots: index === 0, staysPackaged };
    const about = file.disks.length > 1 ? (disk.name ?? asValue(inEnglish('Disk'))) : null;
    return rules.flatMap((rule) => findingOf(rule, subject, about, index));
  });
  const whole = packageFindings(cloud, file, staysPackaged);
  return [...whole.map((finding) => ({ finding, disk: null, mends: 'writing' as const })), ...findings];
}

function packageFindings({ id, title, packages }: Cloud, file: PreflightFacts, taken: boolean): Finding[] {
  if (file.kind !== 'package') return [];
  const finding = { rule: `${id}.package`, severity: 'stop' as const, source: packages.source };
  if (file.disks.length === 0) return [{ ...finding, message: inEnglish('The package holds no disk.') }];
  if (taken) return [];
  const message = inEnglish('{title} takes disks, not {format} packages.', {
    title,
    format: formatName(file.format),
  });
  return [{ ...finding, message, fix: inEnglish('Take the disk out of the package') }];
}

function findingOf(
  rule: Rule,
  subject: Subject,
  about: string | Phrase | null,
  disk: number,
): JudgedFinding[] {
  const violation = rule.check(subject);
  if (violation === null) return [];
  const { id, severity, source } = rule;
  const { message, fix, mends = 'writing' } = violation;
  const named =
    about === null ? message : inEnglish('{disk}: {message}', { disk: about, message: asValue(message) });
  const words = { message: named, ...(fix === undefined ? {} : { fix }) };
  return [{ finding: { rule: id, severity, source, ...words }, disk, mends }];
}

/** Refused by what cannot be mended; fixable by what can; hints, and warnings that nothing mends, leave it ready. */
function verdictOf(findings: readonly Finding[]): Verdict {
  if (findings.some(({ severity, fix }) => severity === 'stop' && fix === undefined)) return 'refused';
  const mends = findings.some(({ severity, fix }) => severity !== 'hint' && fix !== undefined);
  return mends ? 'fixable' : 'ready';
}
