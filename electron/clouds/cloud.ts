/** What a cloud, or a hypervisor, is to Platter: what it takes, and rules that look at an image's facts. */
import type { Preparation } from './preparation.ts';
import type { Message } from '#shared/in-english.ts';
import type {
  CloudDescription,
  DiskFacts,
  DiskLayout,
  Fix,
  PreflightFacts,
  RuleSource,
} from '#shared/domain/preflight.ts';

/** One disk as a rule sees it: by itself, and as a part of the file that would be handed over. */
export interface Subject {
  readonly file: PreflightFacts;
  readonly disk: DiskFacts;
  /** The first of its machine: the one that has to start. */
  readonly boots: boolean;
  /** The cloud takes the package whole, so that the format of the disks inside is the package's own matter. */
  readonly staysPackaged: boolean;
}

export interface Violation {
  readonly message: Message;
  readonly fix?: Fix;
  /** What of preparing mends it; writing the image anew, as the cloud takes it, unless said otherwise. */
  readonly mends?: Mending;
}

export type Mending = 'writing' | 'growth' | 'backup-gpt';

interface RuleBody {
  /** `cloud.what-it-asks`. */
  readonly id: string;
  /** Null where the disk keeps the rule, or where nothing is known that speaks against it. */
  check(subject: Subject): Violation | null;
}

/** A rule that could not be read in a source is a hint and never stops anybody. */
export type Rule = RuleBody &
  (
    | { readonly severity: 'stop' | 'warning'; readonly source: RuleSource }
    | { readonly severity: 'hint'; readonly source: RuleSource | null }
  );

export interface Cloud extends CloudDescription {
  /** The package formats that it takes as they are, and where that was read. */
  readonly packages: { readonly accepted: readonly string[]; readonly source: RuleSource };
  readonly rules: readonly Rule[];
  readonly preparation: Preparation;
}

/** What is laid out on the disk, for rules about it: `ask` is not asked where nobody could look. */
export function onLayout(
  ask: (layout: DiskLayout, subject: Subject) => Violation | null,
): (subject: Subject) => Violation | null {
  return (subject) => (subject.disk.layout === null ? null : ask(subject.disk.layout, subject));
}

/** The disk's size, for rules about it. */
export function onSize(
  ask: (virtualBytes: number, subject: Subject) => Violation | null,
): (subject: Subject) => Violation | null {
  return (subject) =>
    subject.disk.virtualSizeBytes === null ? null : ask(subject.disk.virtualSizeBytes, subject);
}
