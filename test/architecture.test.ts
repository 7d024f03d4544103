/** The house rules that can be checked: who imports whom, how files are named, begin and end. */
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { driverIn, judgeImport, layerOf, resolveSpecifier } from '../build/judge-import.ts';
import { driverFolders, layers } from '../build/layers.ts';
import { readSourceFiles, walk, type SourceFile } from '../build/source-files.ts';

const product = readSourceFiles(['shared/**/*.ts', 'electron/**/*.ts', 'renderer/**/*.{ts,svelte}']);
const tooling = readSourceFiles(['build/**/*.ts', 'test/**/*.ts', '*.{ts,js}']);
const all = [...product, ...tooling];
const wantedLines = 300;
/** A test is a list that nobody reads from end to end. */
const mostLines = (path: string): number => (/\.(?:test|e2e)\.ts$/.test(path) ? 600 : 400);

/** The problems found in `files`, as lines that name the file: an empty list is what every test wants. */
function problemsIn(files: readonly SourceFile[], find: (file: SourceFile) => readonly string[]): string[] {
  return files.flatMap((file) => find(file).map((problem) => `${file.path}: ${problem}`));
}

describe('layers', () => {
  it('finds the sources', () => {
    expect(product.length).toBeGreaterThan(50);
    expect(product.some(({ path }) => path.endsWith('.svelte'))).toBe(true);
  });

  it('gives every file of the product a layer', () => {
    expect(
      problemsIn(product, ({ path }) => (layerOf(path) === null ? ['belongs to no layer'] : [])),
    ).toEqual([]);
  });

  it('names only layers that exist', () => {
    const names = new Set(['*', ...layers.map(({ name }) => name)]);
    const named = layers.flatMap((layer) => [...layer.layers, ...(layer.types ?? [])]);
    expect(named.filter((name) => !names.has(name))).toEqual([]);
  });

  it('follows the table of imports', () => {
    const problems = problemsIn(product, ({ path, imports }) =>
      imports.flatMap(({ specifier, typeOnly }) => judgeImport(path, specifier, typeOnly) ?? []),
    );
    expect(problems).toEqual([]);
  });

  it.each([
    ['electron/engine/bytes/source.ts', '../disks/driver.ts', 'bytes'],
    ['electron/engine/disks/qcow2/reader.ts', '../vmdk/reader.ts', 'drivers never import each other'],
    ['electron/engine/disks/chain.ts', '#engine/bytes/source.ts', 'relative'],
    ['electron/worker/main.ts', '../engine/operations/convert.ts', '#engine'],
    ['electron/engine/operations/convert.ts', 'node:http', 'node:http'],
    ['electron/services/jobs.ts', 'electron', 'electron'],
    ['electron/services/jobs.ts', '#engine/operations/convert.ts', 'operations'],
    ['renderer/components/Button.svelte', '../state/jobs.svelte.ts', 'state'],
    ['renderer/components/Button.svelte', '../api.ts', 'api'],
    ['renderer/views/jobs/JobsView.svelte', '../../api.ts', 'api'],
    ['renderer/state/jobs.svelte.ts', '#engine/control.ts', 'engine'],
    ['renderer/App.svelte', '#engine/control.ts', 'engine'],
    ['shared/domain/job.ts', 'node:fs', 'node:fs'],
  ])('refuses that %s imports %s', (from, specifier, word) => {
    expect(judgeImport(from, specifier, false)).toContain(word);
  });

  it.each([
    ['electron/engine/disks/registry.ts', './qcow2/index.ts'],
    ['electron/engine/disks/qcow2/reader.ts', '../driver.ts'],
    ['electron/engine/operations/convert.ts', '#shared/failure.ts'],
    ['electron/main.ts', 'electron'],
    ['renderer/App.svelte', './views/jobs/JobsView.svelte'],
  ])('lets %s import %s', (from, specifier) => {
    expect(judgeImport(from, specifier, false)).toBeNull();
  });
});

describe('imports', () => {
  it('name files that exist, with their extension', () => {
    const paths = new Set(all.map(({ path }) => path));
    const problems = problemsIn(product, ({ path, imports }) =>
      imports.flatMap(({ specifier }) => {
        const target = resolveSpecifier(path, specifier);
        if (target === null || /\.(?:css|svg|png|woff2|json)$/.test(target)) return [];
        return paths.has(target) ? [] : [`${specifier} is no file`];
      }),
    );
    expect(problems).toEqual([]);
  });

  it('form no cycle', () => {
    expect(cyclesIn(product)).toEqual([]);
  });

  it('of electron are left to the shell, the main process and the preload script', () => {
    const others = product.filter(({ path }) => !/^electron\/(?:shell\/.*|main\.ts|preload\.ts)$/.test(path));
    const problems = problemsIn(others, ({ imports }) =>
      imports.flatMap(({ specifier }) => (/^electron(?:\/|$)/.test(specifier) ? [specifier] : [])),
    );
    expect(problems).toEqual([]);
  });
});

/** Each cycle once, as the files it goes through. Imports of types are erased: what runs must have an order. */
function cyclesIn(files: readonly SourceFile[]): string[] {
  const targets = new Map(
    files.map(({ path, imports }) => [
      path,
      imports.flatMap(({ specifier, typeOnly }) =>
        typeOnly ? [] : (resolveSpecifier(path, specifier) ?? []),
      ),
    ]),
  );
  const cycles: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const seenAt = trail.indexOf(path);
    if (seenAt >= 0) cycles.push([...trail.slice(seenAt), path].join(' → '));
    if (seenAt >= 0 || done.has(path)) return;
    trail.push(path);
    for (const target of targets.get(path) ?? []) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of targets.keys()) visit(path);
  return cycles;
}

describe('the window', () => {
  it('sees ports and sockets in api.ts only', () => {
    const others = product.filter(({ path }) => path.startsWith('renderer/') && path !== 'renderer/api.ts');
    const problems = problemsIn(others, ({ text }) =>
      [...text.matchAll(/\b(?:MessagePort|MessageChannel|WebSocket|postMessage|platterShell)\b/g)].map(
        ([word]) => `mentions ${word}`,
      ),
    );
    expect(problems).toEqual([]);
  });
});

describe('drivers', () => {
  const ids = new Set(
    driverFolders.flatMap((folder) => product.flatMap(({ path }) => driverIn(folder, path) ?? [])),
  );

  it('are found', () => {
    expect([...ids]).toEqual(expect.arrayContaining(['qcow2', 'raw', 'vmdk', 'ova']));
  });

  it('alone tell formats apart', () => {
    const others = product.filter(({ path }) =>
      driverFolders.every((folder) => driverIn(folder, path) === null),
    );
    const problems = problemsIn(others, ({ script }) => {
      const found: string[] = [];
      walk(script, (node) => {
        if (!ts.isSwitchStatement(node)) return;
        const expression = node.expression.getText();
        const labels = node.caseBlock.clauses.flatMap((clause) =>
          ts.isCaseClause(clause) && ts.isStringLiteral(clause.expression) ? clause.expression.text : [],
        );
        if (/format(?:Id)?$/i.test(expression) || labels.some((label) => ids.has(label))) {
          found.push(`switch (${expression})`);
        }
      });
      return found;
    });
    expect(problems).toEqual([]);
  });
});

describe('files', () => {
  it('begin with a sentence that says what they are for', () => {
    // A test's path says what it is for: it is that of the file it tests.
    const untold = all.filter(({ path }) => !path.endsWith('.test.ts'));
    const first = /^(?:\/\*\*? .{8,}|\/\/ .{8,}|<!-- .{8,})/;
    expect(problemsIn(untold, ({ text }) => (first.test(text) ? [] : [text.split('\n', 1)[0]!]))).toEqual([]);
  });

  it('are short', () => {
    const long = all.filter(({ lineCount }) => lineCount > wantedLines);
    for (const { path, lineCount } of long) console.warn(`${path} has ${lineCount} lines`);
    expect(long.filter(({ path, lineCount }) => lineCount > mostLines(path)).map(({ path }) => path)).toEqual(
      [],
    );
  });

  it('have names that say something, in kebab-case', () => {
    const problems = problemsIn(all, ({ path }) => {
      const name = path.slice(path.lastIndexOf('/') + 1).replace(/\..*$/, '');
      if (/^(?:utils?|helpers?|misc|common|managers?|types)$/i.test(name)) return ['says nothing'];
      const component = path.endsWith('.svelte') && /^[A-Z][A-Za-z0-9]*$/.test(name);
      return component || /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name) ? [] : ['is not kebab-case'];
    });
    expect(problems).toEqual([]);
  });
});
