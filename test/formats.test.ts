/** FORMATS.md says what is so: everything in the registries has a row, and every test that a claim names is there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { wrappers, writtenWrappers } from '#engine/archives/wrappers.ts';
import { builders } from '#engine/builders/registry.ts';
import type { DiskDriver } from '#engine/disks/driver.ts';
import { diskDrivers } from '#engine/disks/registry.ts';
import { fileSystemDrivers } from '#engine/guests/filesystems/registry.ts';
import { partitionDrivers } from '#engine/guests/partitions/registry.ts';
import { packageDrivers } from '#engine/packages/registry.ts';
import { projectFolder } from '../build/paths.ts';

const text = readFileSync(join(projectFolder, 'FORMATS.md'), 'utf8');
const drivers: readonly DiskDriver[] = diskDrivers;

/** The rows of the table under "What is done": the cells of each. */
const rows = section('What is done')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .map((line) => line.split('|').map((cell) => cell.trim()));

/** The text between the heading `title` and the next one of its level. */
function section(title: string): string {
  const found = text.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  if (found === undefined) throw new Error(`FORMATS.md has no section "${title}"`);
  return found;
}

/** The row that names `kind` `id` in its second cell, like "disk `qcow2`". */
function rowOf(kind: string, id: string): readonly string[] | undefined {
  const named = new RegExp(String.raw`\b${kind} (?:\x60[^\x60]+\x60, )*\x60${id.replace('+', '\\+')}\x60`);
  return rows.find((cells) => named.test(cells[2] ?? ''));
}

const registered: readonly (readonly [string, readonly { readonly id: string }[]])[] = [
  ['disk', drivers],
  ['package', packageDrivers],
  ['builder', builders],
  ['wrapper', wrappers],
  ['wrapper', writtenWrappers],
  ['file system', fileSystemDrivers],
  ['partition table', partitionDrivers],
];

describe('the table', () => {
  it.each(registered)('has a row for every %s', (kind, all) => {
    expect(all.map(({ id }) => id).filter((id) => rowOf(kind, id) === undefined)).toEqual([]);
  });

  it('names nothing that is not there', () => {
    const known = registered.flatMap(([kind, all]) => all.map(({ id }) => `${kind} ${id}`));
    const named = rows.flatMap((cells) =>
      [
        ...cells[2]!.matchAll(
          /(disk|package|builder|wrapper|file system|partition table) ((?:`[^`]+`(?:, )?)+)/g,
        ),
      ].flatMap(([, kind, ids]) => [...ids!.matchAll(/`([^`]+)`/g)].map(([, id]) => `${kind} ${id}`)),
    );
    expect(named.filter((one) => !known.includes(one))).toEqual([]);
  });

  it.each(drivers.map((driver) => ({ driver, id: driver.id })))(
    'says of $id what its driver declares',
    ({ driver, id }) => {
      const [, , , , writes = '', also = ''] = rowOf('disk', id) ?? [];
      const variants = (driver.creation?.variants ?? []).map((variant) => variant.id);
      expect(variants.filter((variant) => !writes.includes(variant))).toEqual([]);
      expect(writes === '–').toBe(driver.creation === undefined);
      expect(/\boverlay/.test(writes)).toBe(driver.creation?.backs === true);
      expect(/\bcheck\b/.test(also)).toBe(driver.structure !== undefined);
      expect(/\brepair\b/.test(also)).toBe(driver.structure?.repair !== undefined);
      expect(/\bresize\b/.test(also)).toBe(driver.resize !== undefined);
    },
  );

  it('links every row to the section that proves it', () => {
    const anchors = [...text.matchAll(/^### (.+)$/gm)].map(([, title]) =>
      title!
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
    const linked = rows.map((cells) => /\]\(#([^)]+)\)/.exec(cells[1]!)?.[1] ?? `no link: ${cells[1]}`);
    expect(linked.filter((anchor) => !anchors.includes(anchor))).toEqual([]);
  });
});

/** What calls a test or a group of them. */
const testFunctions: ReadonlySet<string> = new Set(['describe', 'describeWith', 'it', 'itWith', 'test']);

/** Every text in the titles and the tables of the tests in `path`; of the list of hostile files, their names. */
function titlesIn(path: string): readonly string[] {
  const script = ts.createSourceFile(
    path,
    readFileSync(join(projectFolder, path), 'utf8'),
    ts.ScriptTarget.ES2022,
  );
  const titles: string[] = [];
  const collect = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      titles.push(node.text);
    ts.forEachChild(node, collect);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && testFunctions.has(rootOf(node.expression)))
      node.arguments.forEach(collect);
    if (ts.isPropertyAssignment(node) && node.name.getText(script) === 'name') collect(node.initializer);
    ts.forEachChild(node, visit);
  };
  visit(script);
  return titles;
}

/** `it` of `it.each(…)(…)`. */
function rootOf(expression: ts.Expression): string {
  if (ts.isIdentifier(expression)) return expression.text;
  if (ts.isPropertyAccessExpression(expression) || ts.isCallExpression(expression))
    return rootOf(expression.expression);
  return '';
}

const proof = /`(test\/[^`]+)` › "([^"]+)"/g;
/** The list items, each with its continuation lines, of the sections that make claims. */
const claims = ['Proof', 'What is refused, and why'].flatMap((title) =>
  section(title)
    .split(/^- /m)
    .slice(1)
    .map((item) => item.split(/\n(?=#|\n)/)[0]!.replaceAll(/\s+/g, ' ')),
);

describe('the claims', () => {
  it('are many, and each names a test', () => {
    expect(claims.length).toBeGreaterThan(100);
    expect(claims.filter((claim) => !new RegExp(proof.source).test(claim))).toEqual([]);
  });

  it('name files that exist and titles that are in them', () => {
    const titles = new Map<string, readonly string[]>();
    const wrong: string[] = [];
    for (const [, path, title] of text.replaceAll(/\s+/g, ' ').matchAll(proof)) {
      if (!existsSync(join(projectFolder, path!))) {
        wrong.push(`${path} is not there`);
        continue;
      }
      if (!titles.has(path!)) titles.set(path!, titlesIn(path!));
      const has = titles.get(path!)!.some((one) => one.replaceAll(/\s+/g, ' ').includes(title!));
      if (!has) wrong.push(`${path} has no "${title}"`);
    }
    expect(wrong).toEqual([]);
  });
});
