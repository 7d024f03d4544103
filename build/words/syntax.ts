/** Syntax trees of the sources, scripts and components alike: ESTree, with Svelte's nodes around it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseComponent } from 'svelte/compiler';
import typescript from 'typescript-eslint';
import { projectFolder } from '../paths.ts';

/** A node of any kind; what a kind has is read where its type is known. */
export interface SyntaxNode {
  readonly type: string;
  readonly [member: string]: unknown;
}

export interface ParsedFile {
  /** From the project's root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly root: SyntaxNode;
}

/** Members that lead away from what lies below a node, or say nothing of it. */
const besides = new Set([
  'parent',
  'loc',
  'range',
  'css',
  'comments',
  'tokens',
  'metadata',
  'options',
  'leadingComments',
  'trailingComments',
]);

/** Parses what TypeScript reads; its declaration does not tell of the options. */
const scriptParser = typescript.parser as {
  parseForESLint(text: string, options: { readonly range: true }): { readonly ast: unknown };
};

export function parseFile(path: string): ParsedFile {
  return parseText(path, readFileSync(join(projectFolder, path), 'utf8'));
}

export function parseText(path: string, text: string): ParsedFile {
  const root: unknown = path.endsWith('.svelte')
    ? parseComponent(text, { modern: true })
    : scriptParser.parseForESLint(text, { range: true }).ast;
  return { path, text, root: root as SyntaxNode };
}

export function isNode(value: unknown): value is SyntaxNode {
  return (
    value !== null && typeof value === 'object' && typeof (value as { type?: unknown }).type === 'string'
  );
}

/** Calls `visit` for every node, with those above it, the nearest last; where it answers false, nothing below is visited. */
export function walkTree(
  node: SyntaxNode,
  visit: (node: SyntaxNode, above: readonly SyntaxNode[]) => boolean | void,
  above: readonly SyntaxNode[] = [],
): void {
  if (visit(node, above) === false) return;
  const below = [...above, node];
  for (const [name, member] of Object.entries(node)) {
    if (besides.has(name)) continue;
    for (const child of Array.isArray(member) ? member : [member]) {
      if (isNode(child)) walkTree(child, visit, below);
    }
  }
}

/** `path:line` of a node. */
export function placeOf({ path, text }: ParsedFile, node: SyntaxNode): string {
  const start = Array.isArray(node['range']) ? Number(node['range'][0]) : Number(node['start']);
  return `${path}:${text.slice(0, start).split('\n').length}`;
}

/** The text of a string literal; null for anything else. */
export function literalText(node: unknown): string | null {
  return isNode(node) && node.type === 'Literal' && typeof node['value'] === 'string' ? node['value'] : null;
}

/** The functions whose first argument is a message of the catalogue. */
const messageFunctions = new Set(['t', 'inEnglish']);

/** The arguments of a call of t() or inEnglish(); null for anything else. */
export function messageArguments(node: SyntaxNode): readonly unknown[] | null {
  if (node.type !== 'CallExpression' || !isNode(node['callee'])) return null;
  const { type, name } = node['callee'];
  return type === 'Identifier' && messageFunctions.has(String(name))
    ? (node['arguments'] as unknown[])
    : null;
}
