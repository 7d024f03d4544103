/** Finds words for people that do not go through t(): text and attributes of components, sentences in scripts. */
import {
  isNode,
  literalText,
  messageArguments,
  placeOf,
  walkTree,
  type ParsedFile,
  type SyntaxNode,
} from './syntax.ts';

/** Attributes and properties whose words are read by people, whatever they look like. */
const readNames = new Set([
  'alt',
  'aria-description',
  'aria-label',
  'confirm',
  'description',
  'detail',
  'emptyText',
  'heading',
  'help',
  'hint',
  'label',
  'placeholder',
  'title',
]);
/** Attributes whose words are for the browser. */
const codeNames = new Set([
  'class',
  'd',
  'generics',
  'href',
  'id',
  'role',
  'src',
  'style',
  'transform',
  'viewBox',
  'xmlns',
]);
const comparisons = new Set(['===', '!==', '==', '!=', '<', '>', 'in', 'instanceof']);
/** Names of keys, of Platter, and units of lengths, which are the same in every language. */
const names =
  /\b(?:Platter|Enter|Escape|Tab|Home|End|PageUp|PageDown|Arrow(?:Up|Down|Left|Right)|Backspace|Ctrl|Shift|Alt|Meta|px|rem|ms)\b/g;
const hasWord = (text: string): boolean => /\p{L}{2}/u.test(text.replace(names, ''));
/** Two words with a space between them, or one that begins with a capital as sentences do. */
export const isProse = (text: string): boolean =>
  hasWord(text) && (/\p{L}{2}[,;:.!?…]* [\p{L}“(]/u.test(text) || /^[A-Z][a-z]+(?:[ .,:;!?…]|$)/.test(text));
/** The same for a piece of a template: a word that stands by itself. */
const isProsePiece = (text: string): boolean =>
  /(?:^|[\s“(])\p{L}{2,}(?:[\s.,:;!?…”)]|$)/u.test(text.replace(names, ''));

/** Each as `path:line: the words`. */
export function untranslatedIn(file: ParsedFile): readonly string[] {
  const found: string[] = [];
  const tell = (node: SyntaxNode, words: string): void => {
    found.push(`${placeOf(file, node)}: ${words.trim().replace(/\s+/g, ' ')}`);
  };
  walkTree(file.root, (node, above) => {
    if (isCode(node)) return false;
    const words = wordsOf(node, above);
    if (words !== null) tell(node, words);
    return undefined;
  });
  return found;
}

/** Whether nothing below a node is said to people, or all of it in the person's language. */
function isCode(node: SyntaxNode): boolean {
  if (messageArguments(node) !== null) return true;
  if (/^(?:Import|ExportAll|TS.*Type|TSInterface|TSTypeAlias|StyleSheet|StyleDirective)/.test(node.type))
    return true;
  if (node.type === 'Attribute')
    return (
      codeNames.has(String(node['name'])) || (/^(?:data-|on)/.test(String(node['name'])) && isPlain(node))
    );
  if (node.type === 'BinaryExpression') return comparisons.has(String(node['operator']));
  return node.type === 'NewExpression' && isNode(node['callee']) && node['callee']['name'] === 'Error';
}

/** An attribute with text alone. */
function isPlain(node: SyntaxNode): boolean {
  return Array.isArray(node['value']);
}

/** The words that a node says by itself; null for none. */
function wordsOf(node: SyntaxNode, above: readonly SyntaxNode[]): string | null {
  const parent = above.at(-1);
  if (node.type === 'Text') {
    const text = String(node['data']);
    const name = parent?.type === 'Attribute' ? String(parent['name']) : null;
    return (name === null || readNames.has(name) ? hasWord(text) : isProse(text)) ? text : null;
  }
  if (node.type === 'TemplateLiteral') {
    const pieces = (node['quasis'] as { value: { cooked: string } }[]).map(({ value }) => value.cooked);
    return pieces.some(isProsePiece) ? pieces.join('…') : null;
  }
  const text = literalText(node);
  if (text === null || isKey(node, parent)) return null;
  const isRead = isReadProperty(parent) || isShown(above);
  return (isRead ? hasWord(text) : isProse(text)) ? text : null;
}

function isKey(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  if (parent === undefined) return false;
  if (parent.type === 'Property') return parent['key'] === node;
  if (parent.type === 'SwitchCase') return true;
  return parent.type === 'MemberExpression' || parent.type === 'ExpressionStatement';
}

function isReadProperty(parent: SyntaxNode | undefined): boolean {
  if (parent?.type !== 'Property' || !isNode(parent['key'])) return false;
  return readNames.has(String(parent['key']['name'] ?? parent['key']['value']));
}

/** Whether a literal is what an expression of a component comes to, in its text or an attribute that is read. */
function isShown(above: readonly SyntaxNode[]): boolean {
  for (let index = above.length - 1; index >= 0; index -= 1) {
    const { type } = above[index]!;
    if (type === 'ConditionalExpression' || type === 'LogicalExpression') continue;
    if (type !== 'ExpressionTag') return false;
    const holder = above[index - 1];
    return (
      holder?.type === 'Fragment' || (holder?.type === 'Attribute' && readNames.has(String(holder['name'])))
    );
  }
  return false;
}
