/** Where the elements of an XML text are, so that single ones can be changed and everything else keeps its bytes. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';

export interface XmlAttributeSpan {
  /** As it is spelled, with its prefix. */
  readonly name: string;
  /** As it is spelled: references are not resolved. */
  readonly value: string;
  /** From the white space before its name to behind the closing quote. */
  readonly start: number;
  readonly end: number;
  /** The value between its quotes. */
  readonly valueStart: number;
}

/** An element by its places in the text; places are counted in UTF-16 units. */
export interface XmlElementSpan {
  readonly prefix: string;
  /** Without the prefix. */
  readonly name: string;
  readonly attributes: readonly XmlAttributeSpan[];
  readonly start: number;
  readonly end: number;
  /** Behind the name in the start tag. */
  readonly nameEnd: number;
  /** The content; both are `end` in an empty-element tag. */
  readonly contentStart: number;
  readonly contentEnd: number;
  readonly isEmptyTag: boolean;
  readonly children: readonly XmlElementSpan[];
}

interface Open {
  readonly span: { -readonly [K in keyof XmlElementSpan]: XmlElementSpan[K] };
  readonly children: XmlElementSpan[];
}

/** The root element of `text`, which was parsed before and is well-formed. @throws Failure `package.malformed`. */
export function findElements(text: string): XmlElementSpan {
  const open: Open[] = [];
  let root: XmlElementSpan | null = null;
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at)) {
    const skipped = endOfOther(text, at);
    if (skipped !== null) {
      at = skipped;
      continue;
    }
    const tagEnd = endOfTag(text, at);
    if (text[at + 1] === '/') {
      const closed = open.pop();
      if (closed === undefined) throw broken(text, at);
      closed.span.contentEnd = at;
      closed.span.end = tagEnd;
      if (open.length === 0) root = closed.span;
    } else {
      const opened = startTag(text, at, tagEnd);
      open.at(-1)?.children.push(opened.span);
      if (!opened.span.isEmptyTag) open.push(opened);
      else if (open.length === 0) root = opened.span;
    }
    at = tagEnd;
  }
  if (root === null || open.length > 0) throw broken(text, text.length);
  return root;
}

/** Where a comment, a CDATA section or an instruction ends that begins at `at`; null when a tag does. */
function endOfOther(text: string, at: number): number | null {
  const other = (
    [
      ['<!--', '-->'],
      ['<![CDATA[', ']]>'],
      ['<?', '?>'],
    ] as const
  ).find(([begin]) => text.startsWith(begin, at));
  if (other === undefined) return null;
  const end = text.indexOf(other[1], at + other[0].length);
  if (end === -1) throw broken(text, at);
  return end + other[1].length;
}

/** Behind the tag's `>`; one in a quoted value does not end it. */
function endOfTag(text: string, at: number): number {
  let quote: string | null = null;
  for (let place = at + 1; place < text.length; place++) {
    const character = text[place]!;
    if (quote !== null) {
      if (character === quote) quote = null;
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '>') return place + 1;
  }
  throw broken(text, at);
}

function startTag(text: string, start: number, end: number): Open {
  const isEmptyTag = text[end - 2] === '/';
  const tag = text.slice(start + 1, end - (isEmptyTag ? 2 : 1));
  const spelled = /^[^\s/>]+/.exec(tag)?.[0] ?? '';
  if (spelled === '') throw broken(text, start);
  const nameEnd = start + 1 + spelled.length;
  const attributes = attributesOf(text, nameEnd, end - (isEmptyTag ? 2 : 1));
  const colon = spelled.indexOf(':');
  const children: XmlElementSpan[] = [];
  const span = {
    prefix: colon === -1 ? '' : spelled.slice(0, colon),
    name: spelled.slice(colon + 1),
    attributes,
    start,
    end,
    nameEnd,
    contentStart: end,
    contentEnd: end,
    isEmptyTag,
    children,
  };
  return { span, children };
}

const isSpace = (character: string | undefined): boolean =>
  character === ' ' || character === '\n' || character === '\t' || character === '\r';

/** The attributes between `from` and `to`: one look at each character, however long the tag is. */
function attributesOf(text: string, from: number, to: number): XmlAttributeSpan[] {
  const attributes: XmlAttributeSpan[] = [];
  let at = from;
  for (;;) {
    const start = at;
    while (at < to && isSpace(text[at])) at += 1;
    if (at >= to) return attributes;
    const nameStart = at;
    while (at < to && text[at] !== '=' && !isSpace(text[at])) at += 1;
    const name = text.slice(nameStart, at);
    while (at < to && (text[at] === '=' || isSpace(text[at]))) at += 1;
    const quote = text[at];
    const valueEnd = quote === '"' || quote === "'" ? text.indexOf(quote, at + 1) : -1;
    if (name === '' || valueEnd === -1 || valueEnd >= to) throw broken(text, nameStart);
    const valueStart = at + 1;
    at = valueEnd + 1;
    attributes.push({ name, value: text.slice(valueStart, valueEnd), start, end: at, valueStart });
  }
}

function broken(text: string, at: number): Failure {
  const line = text.slice(0, at).split('\n').length;
  return new Failure('package.malformed', {
    structure: 'descriptor',
    problem: inEnglish('line {line}: a tag is broken', { line }),
  });
}

export function childrenOf(parent: XmlElementSpan, name: string): XmlElementSpan[] {
  return parent.children.filter((child) => child.name === name);
}

export function childOf(parent: XmlElementSpan, name: string): XmlElementSpan | null {
  return parent.children.find((child) => child.name === name) ?? null;
}

/** All elements of that name below `parent`, in their order. */
export function* within(parent: XmlElementSpan, name: string): Iterable<XmlElementSpan> {
  for (const child of parent.children) {
    if (child.name === name) yield child;
    yield* within(child, name);
  }
}

/** The attribute of that local name, whatever its prefix. */
export function attributeOf(element: XmlElementSpan, name: string): XmlAttributeSpan | null {
  return element.attributes.find((attribute) => attribute.name.replace(/^.*:/, '') === name) ?? null;
}
