/** The command line's look at images through the rules of clouds: preflight. */
import type { CloudDescription, CloudVerdict, Finding, Preflight } from '#shared/domain/preflight.ts';
import { preflightFacts } from '#engine/operations/preflight-facts.ts';
import { inWords } from '#shared/text/in-words.ts';
import { verdictWords } from '#shared/text/preflight-text.ts';
import { describeClouds, preflight } from '../clouds/preflight.ts';
import { inThisThread, readHere } from './here.ts';
import { answer, reportFailure, type ExitCode } from './session.ts';
import { sourceOf, type SourceOptions } from './sources.ts';

export interface PreflightOptions extends SourceOptions {
  readonly json?: boolean;
  readonly for?: readonly string[];
}

/** `platter preflight FILE…`: 0 when all are ready for all that was asked about. One JSON object a file, each on its line. */
export async function preflightFiles(files: readonly string[], options: PreflightOptions): Promise<ExitCode> {
  const json = options.json ?? false;
  let code: ExitCode = 0;
  for (const [index, file] of files.entries()) {
    try {
      const source = sourceOf(file, options);
      const facts = readHere(json, inThisThread, (control) => preflightFacts(source, control));
      const result = preflight(facts, options.for);
      answer(json, result, () => [...(index > 0 ? [''] : []), ...describePreflight(result)]);
      const isReady = result.clouds.every(({ verdict }) => verdict === 'ready');
      if (!isReady && code === 0) code = 1;
    } catch (error) {
      // What is wrong with one file says nothing of the next.
      code = reportFailure(error);
    }
  }
  return code;
}

function describePreflight({ path, clouds }: Preflight): string[] {
  const known = new Map(describeClouds().map((cloud) => [cloud.id, cloud]));
  return [path, ...clouds.flatMap((verdict) => verdictLines(verdict, known.get(verdict.id)))];
}

function verdictLines(
  { id, verdict, findings }: CloudVerdict,
  cloud: CloudDescription | undefined,
): string[] {
  return [`${verdictWords(verdict).padEnd(9)} ${cloud?.title ?? id}`, ...findings.flatMap(findingLines)];
}

/** A finding, its fix and its source, a line each. */
export function findingLines({ rule, severity, message, source, fix }: Finding): string[] {
  const read = source === null ? 'no source read' : `${source.title}, read ${source.readOn}`;
  return [
    `    ${severity}: ${inWords(message)}`,
    ...(fix === undefined ? [] : [`          → ${inWords(fix)}`]),
    `          ${rule} (${read})`,
  ];
}
