/** Reads the project's own source files and what they import, for the tests of its architecture. */
import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import ts from 'typescript';
import { projectFolder } from './paths.ts';

export interface ImportOf {
  readonly specifier: string;
  /** Erased when the file runs. */
  readonly typeOnly: boolean;
}

export interface SourceFile {
  /** From the project's root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly lineCount: number;
  readonly imports: readonly ImportOf[];
  /** The parsed script; of a component the script elements, one after the other. */
  readonly script: ts.SourceFile;
}

/** Every file that matches the patterns, in the order of their paths. */
export function readSourceFiles(patterns: readonly string[]): SourceFile[] {
  const paths = globSync([...patterns], { cwd: projectFolder }).map((path) => path.split(sep).join('/'));
  return paths.sort().map(readSourceFile);
}

function readSourceFile(path: string): SourceFile {
  const text = readFileSync(join(projectFolder, path), 'utf8');
  const script = ts.createSourceFile(path, scriptOf(path, text), ts.ScriptTarget.ES2022, true);
  return { path, text, lineCount: text.split('\n').length - 1, imports: importsOf(script), script };
}

function scriptOf(path: string, text: string): string {
  if (!path.endsWith('.svelte')) return text;
  return [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1]).join('\n');
}

function importsOf(script: ts.SourceFile): ImportOf[] {
  const imports: ImportOf[] = [];
  const add = (node: ts.Node | undefined, typeOnly: boolean): void => {
    if (node && ts.isStringLiteral(node)) imports.push({ specifier: node.text, typeOnly });
  };
  walk(script, (node) => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    }
  });
  return imports;
}

/** Calls `visit` for a node and everything below it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild((child) => walk(child, visit));
}
