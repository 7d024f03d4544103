/** XML 1.0 with namespaces as a tree, for descriptors that nobody vouches for: no DTD, no entities, bounded in size and depth. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';

/** Bounds on the memory that a tree takes; descriptors with licences in ten languages stay far below. */
export const xmlLimitBytes = 4 << 20;
const markupLimit = 200_000;
/** One text or tag; a licence of a hundred pages takes a third of it. */
const stretchLimit = 1 << 20;
const depthLimit = 64;

export interface XmlAttribute {
  readonly prefix: string;
  /** Without the prefix. */
  readonly name: string;
  readonly value: string;
  /** The namespace that the prefix stands for; null when it is not declared, or there is no prefix. */
  readonly namespace: string | null;
}

export interface XmlElement {
  readonly prefix: string;
  /** Without the prefix: descriptors are written with any prefix, and with some that are never declared. */
  readonly name: string;
  readonly namespace: string | null;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlElement[];
  /** The text directly in it, CDATA included. */
  readonly text: string;
}

/**
 * The root element of `text`.
 * @throws Failure `package.malformed` with the line, where it is known; `structure` names the file in it.
 */
export function parseXml(text: string, structure: string): XmlElement {
  const malformed = (problem: Message, cause?: unknown): Failure =>
    new Failure('package.malformed', { structure, problem }, cause);
  if (Buffer.byteLength(text) > xmlLimitBytes)
    throw malformed(inEnglish('it is larger than {xmlLimitBytes} bytes', { xmlLimitBytes }));
  const markup = measureMarkup(text);
  if (markup.count > markupLimit)
    throw malformed(inEnglish('it has more than {markupLimit} elements and attributes', { markupLimit }));
  if (markup.longest > stretchLimit)
    throw malformed(
      inEnglish('it has a tag or text of more than {stretchLimit} characters', { stretchLimit }),
    );
  const declaration = findDeclaration(text);
  if (declaration !== null) {
    throw malformed(
      inEnglish('line {text}: document type declarations (DTD) are refused', {
        text: lineOf(text, declaration),
      }),
    );
  }
  try {
    const verdict = XMLValidator.validate(text);
    if (verdict !== true) throw malformed(`line ${verdict.err.line}: ${verdict.err.msg}`);
    const roots = (parser.parse(text) as ParsedNode[]).map(readNode).filter((node) => node !== null);
    if (roots.length !== 1) throw malformed(inEnglish('it has no root element'));
    return makeElement(roots[0]!, new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw malformed(error instanceof Error ? error.message : String(error), error);
  }
}

/** Entities stay as they are: with no DTD there are five, and resolve() below knows them. */
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: '#text',
  cdataPropName: '#cdata',
  trimValues: false,
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: depthLimit,
  jPath: false,
});

/** What the parser gives for a node: one key that is its name, and perhaps ':@' with the attributes. */
type ParsedNode = Readonly<Record<string, unknown>>;

/** An upper bound of the elements, attributes and references together, and of the longest tag or text. */
function measureMarkup(text: string): { readonly count: number; readonly longest: number } {
  let count = 0;
  let longest = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== 0x3c && code !== 0x3d && code !== 0x26) continue;
    count += 1;
    if (code !== 0x3c) continue;
    longest = Math.max(longest, at - start);
    start = at;
  }
  return { count, longest: Math.max(longest, text.length - start) };
}

/** Where a `<!` stands that is neither a comment nor CDATA: a DTD, or what only belongs into one. */
function findDeclaration(text: string): number | null {
  for (let at = text.indexOf('<!'); at !== -1; at = text.indexOf('<!', at)) {
    let end: number;
    if (text.startsWith('<!--', at)) end = text.indexOf('-->', at + 4);
    else if (text.startsWith('<![CDATA[', at)) end = text.indexOf(']]>', at + 9);
    else return at;
    if (end === -1) return null;
    at = end + 3;
  }
  return null;
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

interface RawElement {
  readonly name: string;
  readonly attributes: readonly (readonly [string, string])[];
  readonly nodes: readonly ParsedNode[];
}

/** The element that a node is; null for text. */
function readNode(node: ParsedNode): RawElement | null {
  for (const [name, nodes] of Object.entries(node)) {
    if (name === ':@' || name.startsWith('#')) continue;
    const attributes = Object.entries((node[':@'] ?? {}) as Record<string, string>);
    return {
      name,
      attributes: attributes.map(([key, value]) => [
        key.slice(1),
        resolve(String(value).replace(/[\t\n\r]/g, ' ')),
      ]),
      nodes: nodes as readonly ParsedNode[],
    };
  }
  return null;
}

function makeElement(raw: RawElement, outer: ReadonlyMap<string, string>): XmlElement {
  let namespaces = outer;
  for (const [name, value] of raw.attributes) {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) continue;
    if (namespaces === outer) namespaces = new Map(outer);
    (namespaces as Map<string, string>).set(name.slice(6), value);
  }
  const children: XmlElement[] = [];
  let text = '';
  for (const node of raw.nodes) {
    if (typeof node['#text'] === 'string') text += resolve(node['#text']);
    else if (Array.isArray(node['#cdata'])) text += cdataText(node['#cdata'] as ParsedNode[]);
    const child = readNode(node);
    if (child !== null) children.push(makeElement(child, namespaces));
  }
  const [prefix, name] = splitName(raw.name);
  return {
    prefix,
    name,
    namespace: namespaces.get(prefix) ?? null,
    attributes: raw.attributes.map(([spelled, value]) => {
      const [attributePrefix, attributeName] = splitName(spelled);
      const namespace = attributePrefix === '' ? null : (namespaces.get(attributePrefix) ?? null);
      return { prefix: attributePrefix, name: attributeName, value, namespace };
    }),
    children,
    text,
  };
}

function cdataText(nodes: readonly ParsedNode[]): string {
  return nodes.map((node) => (typeof node['#text'] === 'string' ? node['#text'] : '')).join('');
}

function splitName(name: string): [prefix: string, name: string] {
  const colon = name.indexOf(':');
  return colon === -1 ? ['', name] : [name.slice(0, colon), name.slice(colon + 1)];
}

const predefined: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Resolves character references and the five predefined entities (XML 1.0, section 4.6). */
function resolve(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;&]*)(;?)/g, (whole, name: string, end: string) => {
    const known = end === '' ? undefined : (predefined[name] ?? character(name));
    if (known === undefined) throw new Error(`"${whole.slice(0, 20)}" stands for nothing`);
    return known;
  });
}

function character(reference: string): string | undefined {
  const match = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/i.exec(reference);
  if (match === null) return undefined;
  const code = match[1] === undefined ? Number(match[2]) : parseInt(match[1], 16);
  return code === 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)
    ? undefined
    : String.fromCodePoint(code);
}
