/** Lists what each language has no words for, and what of its words is said nowhere, or is wrong: `npm run words`. */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { projectFolder } from '../paths.ts';
import { catalogueProblems, messagesIn, type Messages } from './messages.ts';
import { parseFile } from './syntax.ts';

const sources = ['shared/**/*.ts', 'electron/**/*.ts', 'renderer/**/*.{ts,svelte}'];

const cataloguePath = (language: string): string => `shared/text/languages/${language}.json`;

/** The paths of all sources that may say something, in their order. */
export function sourcePaths(): string[] {
  return globSync(sources, { cwd: projectFolder })
    .map((path) => path.split(sep).join('/'))
    .sort();
}

export function readMessages(): Messages {
  return messagesIn(sourcePaths().map(parseFile));
}

/** The catalogues by the tag of their language. */
export function readCatalogues(): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const paths = globSync(cataloguePath('*'), { cwd: projectFolder }).sort();
  return new Map(
    paths.map((path) => [
      basename(path, '.json'),
      JSON.parse(readFileSync(join(projectFolder, path), 'utf8')) as Record<string, string>,
    ]),
  );
}

/** For `--update`: a catalogue with all messages of the sources in order: those without words have empty ones, which the check finds. */
function completed(messages: Messages, catalogue: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries([...messages.places.keys()].sort().map((key) => [key, catalogue[key] ?? '']));
}

if (import.meta.main) {
  const update = process.argv.includes('--update');
  const messages = readMessages();
  const problems = [...messages.problems];
  for (const [language, read] of readCatalogues()) {
    const catalogue = update ? completed(messages, read) : read;
    if (update)
      writeFileSync(join(projectFolder, cataloguePath(language)), `${JSON.stringify(catalogue, null, 2)}\n`);
    problems.push(...catalogueProblems(messages, catalogue).map((problem) => `${language}: ${problem}`));
  }
  for (const problem of problems) console.log(problem);
  console.log(`${messages.places.size} messages, ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
