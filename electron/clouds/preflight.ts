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
import type { Cloud, Rule, Subject } from './cloud.ts';
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

function cloudOf(id: string): Cloud {
  const cloud = clouds.find((candidate) => candidate.id === id);
  if (cloud !== undefined) return cloud;
  const known = clouds.map((candidate) => candidate.id).join(', ');
  throw new Failure('input.invalid', { problem: `there is no cloud "${id}"; there are ${known}` });
}

function judge(cloud: Cloud, file: PreflightFacts): CloudVerdict {
  const rules = [...imageRules[cloud.kind], ...cloud.rules];
  const staysPackaged = file.kind === 'package' && cloud.packages.accepted.includes(file.format);
  const findings = file.disks.flatMap((disk, index) => {
    const subject: Subject = { file, disk, boots: index === 0, staysPackaged };
    const about = file.disks.length > 1 ? `${disk.name ?? 'Disk'}: ` : '';
    return rules.flatMap((rule) => findingOf(rule, subject, about));
  });
  const all = [...packageFindings(cloud, file, staysPackaged), ...findings];
  return { id: cloud.id, verdict: verdictOf(all), findings: all };
}

function packageFindings({ id, title, packages }: Cloud, file: PreflightFacts, taken: boolean): Finding[] {
  if (file.kind !== 'package') return [];
  const finding = { rule: `${id}.package`, severity: 'stop' as const, source: packages.source };
  if (file.disks.length === 0) return [{ ...finding, message: 'The package holds no disk.' }];
  if (taken) return [];
  const message = `${title} takes disks, not ${file.format} packages.`;
  return [{ ...finding, message, fix: 'Take the disk out of the package' }];
}

function findingOf(rule: Rule, subject: Subject, about: string): Finding[] {
  const violation = rule.check(subject);
  if (violation === null) return [];
  const { id, severity, source } = rule;
  return [{ rule: id, severity, source, ...violation, message: `${about}${violation.message}` }];
}

/** Refused by what cannot be mended; fixable by what can; hints, and warnings that nothing mends, leave it ready. */
function verdictOf(findings: readonly Finding[]): Verdict {
  if (findings.some(({ severity, fix }) => severity === 'stop' && fix === undefined)) return 'refused';
  const mends = findings.some(({ severity, fix }) => severity !== 'hint' && fix !== undefined);
  return mends ? 'fixable' : 'ready';
}
