/** The lint rule that holds every import against the table of layers. */
import { relative, sep } from 'node:path';
import type { Rule } from 'eslint';
import { judgeImport } from './judge-import.ts';

/** What the rule reads of an import, whichever of its spellings it is (TypeScript's are unknown to ESLint's own types). */
interface ImportNode {
  readonly source?: { readonly type: string; readonly value?: unknown } | null;
  readonly importKind?: string;
  readonly exportKind?: string;
}

/** Makes the rule for files under `projectFolder`. */
export function layerRule(projectFolder: string): Rule.RuleModule {
  return {
    meta: {
      type: 'problem',
      docs: { description: 'imports follow the table in build/layers.ts' },
      schema: [],
      messages: { broken: '{{problem}} (build/layers.ts)' },
    },
    create(context) {
      const from = relative(projectFolder, context.filename).split(sep).join('/');
      const check = (node: Rule.Node, typeOnly: boolean): void => {
        const specifier = (node as unknown as ImportNode).source?.value;
        if (typeof specifier !== 'string') return;
        const problem = judgeImport(from, specifier, typeOnly);
        if (problem !== null) context.report({ node, messageId: 'broken', data: { problem } });
      };
      const checkDeclaration = (node: Rule.Node): void => {
        const { importKind, exportKind } = node as unknown as ImportNode;
        check(node, importKind === 'type' || exportKind === 'type');
      };
      return {
        ImportDeclaration: checkDeclaration,
        ExportNamedDeclaration: checkDeclaration,
        ExportAllDeclaration: checkDeclaration,
        ImportExpression: (node: Rule.Node) => check(node, false),
        TSImportType: (node: Rule.Node) => check(node, true),
      };
    },
  };
}
