/** A run of trials: random mutations of every specimen, from a seed, for a number of trials or a time. */
import fc from 'fast-check';
import { mutate, mutations, type Mutation } from './mutations.ts';
import { makeSpecimens, type Specimen } from './specimens.ts';
import { Trials, type Verdict } from './trial.ts';

export interface Finding {
  readonly format: string;
  readonly variant: string;
  readonly mutations: readonly Mutation[];
  readonly verdict: Verdict;
}

export interface CampaignResult {
  readonly trials: number;
  /** How many trials ended how. */
  readonly verdicts: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
}

export interface CampaignOptions {
  readonly folder: string;
  readonly seed: number;
  /** For each specimen. */
  readonly trialsPerSpecimen: number;
  /** Ends earlier. Milliseconds. */
  readonly limitMilliseconds?: number;
  readonly formats?: readonly string[];
}

const wrong: ReadonlySet<Verdict['kind']> = new Set(['different', 'hung', 'crashed']);

/** Runs the campaign; the same seed gives the same trials. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const specimens = makeSpecimens(options.folder).filter(
    ({ format }) => options.formats?.includes(format) ?? true,
  );
  const trials = new Trials(options.folder);
  const end = Date.now() + (options.limitMilliseconds ?? Number.POSITIVE_INFINITY);
  const verdicts: Record<string, number> = {};
  const findings: Finding[] = [];
  let count = 0;
  try {
    for (const [index, specimen] of specimens.entries()) {
      const sampled = fc.sample(mutations(specimen), {
        seed: options.seed + index,
        numRuns: options.trialsPerSpecimen,
      });
      for (const applied of sampled) {
        if (Date.now() > end) return { trials: count, verdicts, findings };
        const verdict = await tryOne(trials, specimen, applied);
        count += 1;
        verdicts[verdict.kind] = (verdicts[verdict.kind] ?? 0) + 1;
        if (wrong.has(verdict.kind)) {
          findings.push({ format: specimen.format, variant: specimen.variant, mutations: applied, verdict });
        }
      }
    }
    return { trials: count, verdicts, findings };
  } finally {
    await trials.close();
  }
}

function tryOne(trials: Trials, specimen: Specimen, applied: readonly Mutation[]): Promise<Verdict> {
  const { format, extension, bytes, sha256 } = specimen;
  return trials.run(format, extension, mutate(bytes, applied), sha256);
}

/** A finding as one line, to be pasted into a test. */
export function findingLine({ format, variant, mutations: applied, verdict }: Finding): string {
  const text = JSON.stringify(applied, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
  return `${format} ${variant}: ${verdict.kind}: ${'detail' in verdict ? verdict.detail : ''} ${text}`;
}
