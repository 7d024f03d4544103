/** The command line's way to make an image ready for a cloud: prepare. */
import { resolve } from 'node:path';
import {
  checksumAlgorithms,
  type ChecksumAlgorithm,
  type PreparationPlan,
  type PreparationResult,
} from '#shared/domain/preparation.ts';
import type { CloudVerdict } from '#shared/domain/preflight.ts';
import { Failure } from '#shared/failure.ts';
import { inWords } from '#shared/text/in-words.ts';
import { verdictWords } from '#shared/text/preflight-text.ts';
import { formatSize } from '#shared/text/units.ts';
import { planPreparation } from '../clouds/plan.ts';
import { cloudOf, judge } from '../clouds/preflight.ts';
import { pairsOf, parseCapacity, parseOptions } from './arguments.ts';
import { runOperation } from './in-thread.ts';
import { findingLines } from './preflight.ts';
import { answer, type ExitCode } from './session.ts';
import { limitsOf, sourceOf, type LimitOptions, type SourceOptions } from './sources.ts';

export interface PrepareOptions extends SourceOptions, LimitOptions {
  readonly json?: boolean;
  readonly for: string;
  readonly out: string;
  readonly set?: readonly string[];
  /** Only these fixes. */
  readonly fix?: readonly string[];
  readonly to?: string;
  readonly option?: readonly string[];
  readonly disk?: readonly string[];
  readonly name?: string;
  readonly checksum?: readonly string[];
  readonly split?: string;
  /** Say what would be done, and do nothing. */
  readonly plan?: boolean;
  readonly force?: boolean;
  readonly verify: boolean;
  readonly sync: boolean;
}

/** What the cloud says of a file that was made: looked at anew, not foreseen. */
interface FileVerdict extends CloudVerdict {
  readonly path: string;
}

/** `platter prepare FILE --for CLOUD --out DIR`: 0 when the cloud takes what was made, 1 when something still speaks against it. */
export async function prepare(file: string, options: PrepareOptions, version: string): Promise<ExitCode> {
  const json = options.json ?? false;
  const source = sourceOf(file, options);
  const cloud = cloudOf(options.for);
  const request = {
    source,
    cloud: cloud.id,
    outputFolder: resolve(options.out),
    metadata: Object.fromEntries(pairsOf(options.set ?? [], '--set')),
    ...(options.fix === undefined ? {} : { fixes: options.fix }),
    ...(options.to === undefined ? {} : { target: options.to }),
    ...(options.option === undefined ? {} : { options: parseOptions(options.option) }),
    ...(options.disk === undefined ? {} : { disks: options.disk }),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.checksum === undefined ? {} : { checksums: options.checksum.map(checksumCalled) }),
    ...(options.split === undefined ? {} : { splitBytes: parseCapacity(options.split) }),
    force: options.force ?? false,
    verify: options.verify,
  };
  const made = await runOperation(
    json,
    async (client) => {
      const plan = planPreparation(await client.preflightFacts({ source }), request, {
        tool: `Platter ${version}`,
      });
      if (options.plan === true) return { plan, result: null, verdicts: [] };
      const result = await client.prepare({ ...plan.work, sync: options.sync });
      const verdicts: FileVerdict[] = [];
      for (const { path, role, parts } of result.files) {
        if (parts !== undefined) continue;
        if (role !== 'disk' && role !== 'medium') continue;
        verdicts.push({ path, ...judge(cloud, await client.preflightFacts({ source: { path } })) });
      }
      return { plan, result, verdicts };
    },
    limitsOf(options),
  );
  const { plan, result, verdicts } = made;
  if (result === null) {
    answer(json, plan, () => describePlan(plan));
    return plan.after.verdict === 'ready' ? 0 : 1;
  }
  const { steps } = plan.work;
  const { handOver, concerns } = plan;
  answer(json, { ...result, steps, handOver, concerns, verdicts }, () => [
    ...describePrepared(result),
    ...concernLines(plan.concerns),
    ...verdicts.flatMap(({ path, verdict, findings }) => [
      `${verdictWords(verdict)} for ${cloud.title}: ${path}`,
      ...findings.filter(({ severity }) => severity !== 'hint').flatMap(findingLines),
    ]),
  ]);
  return verdicts.every(({ verdict }) => verdict === 'ready') ? 0 : 1;
}

/** @throws Failure `input.invalid` for what is none. */
function checksumCalled(word: string): ChecksumAlgorithm {
  const known = checksumAlgorithms.find((algorithm) => algorithm === word);
  if (known !== undefined) return known;
  throw new Failure('input.invalid', {
    problem: `--checksum is one of ${checksumAlgorithms.join(', ')}, not "${word}"`,
  });
}

function describePlan({ work, after, concerns, handOver }: PreparationPlan): string[] {
  return [
    ...work.steps.map((step, index) => `${index + 1}. ${inWords(step)}`),
    ...Object.entries(work.metadata).map(([name, value]) => `   ${name}=${value}`),
    ...concernLines(concerns),
    `Then: ${verdictWords(after.verdict)}`,
    ...after.findings.flatMap(findingLines),
    ...handOver.commands.flatMap(({ title, command }) => ['', `# ${inWords(title)}`, command]),
  ];
}

function concernLines(concerns: PreparationPlan['concerns']): string[] {
  return concerns.map(
    ({ name, message, source }) =>
      `Note on ${name}: ${inWords(message)}${source === null ? '' : ` (${source.title}, read on ${source.readOn})`}`,
  );
}

function describePrepared({ files, documents }: PreparationResult): string[] {
  return [
    ...files.flatMap(({ path, sha256, fileSizeBytes, parts }) =>
      (parts ?? [{ path, sha256, sizeBytes: fileSizeBytes }]).map(
        (file) => `${file.sha256}  ${file.path}  ${formatSize(file.sizeBytes)}`,
      ),
    ),
    ...documents.map((path) => `${' '.repeat(64)}  ${path}`),
  ];
}
