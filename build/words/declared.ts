/** Finds words that engine, clouds and services declare for forms, lists and pages without marking them as messages. */
import { isNode, literalText, placeOf, walkTree, type ParsedFile, type SyntaxNode } from './syntax.ts';
import { isProse } from './untranslated.ts';

/** Properties and parameters whose words the window shows. */
const shownNames = new Set([
  'help',
  'label',
  'meaning',
  'nameTitle',
  'noun',
  'patternHelp',
  'rawTitle',
  'takes',
  'title',
  'usual',
]);

/** Each as `path:line: the words`. */
export function unmarkedIn(file: ParsedFile): readonly string[] {
  const found: string[] = [];
  const takers = shownParameters(file);
  const judge = (value: unknown): void => {
    for (const { node, words } of saidBy(value))
      if (isProse(words)) found.push(`${placeOf(file, node)}: ${words}`);
  };
  walkTree(file.root, (node, above) => {
    if (node.type === 'Property' && shownNames.has(nameOf(node['key'])) && !isCitation(above.at(-1)))
      judge(node['value']);
    if (node.type !== 'CallExpression') return;
    const shown = takers.get(nameOf(node['callee'])) ?? [];
    for (const index of shown) judge((node['arguments'] as unknown[])[index]);
  });
  return found;
}

/** The functions of a file that take such words, by their names, with the places of those. */
function shownParameters(file: ParsedFile): ReadonlyMap<string, readonly number[]> {
  const takers = new Map<string, readonly number[]>();
  walkTree(file.root, (node) => {
    const made = node.type === 'VariableDeclarator' ? node['init'] : node;
    if (!isNode(made) || !/^(?:ArrowFunctionExpression|FunctionDeclaration)$/.test(made.type)) return;
    const places = (made['params'] as SyntaxNode[]).flatMap((one, index) =>
      shownNames.has(nameOf(one)) ? [index] : [],
    );
    const name = nameOf(node['id']);
    if (name !== '' && places.length > 0) takers.set(name, places);
  });
  return takers;
}

/** What an expression comes to: a text, a template, or one of several. */
function saidBy(value: unknown): readonly { readonly node: SyntaxNode; readonly words: string }[] {
  if (!isNode(value)) return [];
  if (value.type === 'ConditionalExpression')
    return [...saidBy(value['consequent']), ...saidBy(value['alternate'])];
  if (value.type === 'TemplateLiteral') {
    const pieces = (value['quasis'] as { value: { cooked: string } }[]).map((piece) => piece.value.cooked);
    return [{ node: value, words: pieces.join('…') }];
  }
  const words = literalText(value);
  return words === null ? [] : [{ node: value, words }];
}

/** The title of a document that rules go by stays as its publisher wrote it. */
function isCitation(object: SyntaxNode | undefined): boolean {
  return (object?.['properties'] as SyntaxNode[]).some((one) => nameOf(one['key']) === 'readOn');
}

function nameOf(node: unknown): string {
  const name = isNode(node) ? (node['name'] ?? node['value']) : undefined;
  return typeof name === 'string' ? name : '';
}
