/** Writing XML 1.0: elements as values, and text that is escaped where it must be. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';

export interface XmlNode {
  /** With its prefix. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** Text, or elements; not both. */
  readonly content: string | readonly XmlNode[];
}

/** An element. Absent attributes and children may be given as null. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | null>>,
  content: string | readonly (XmlNode | null)[] = [],
): XmlNode {
  const present = Object.entries(attributes).filter(([, value]) => value !== null);
  return {
    name,
    attributes: Object.fromEntries(present) as Record<string, string | number>,
    content: typeof content === 'string' ? content : content.filter((child) => child !== null),
  };
}

/** An element that holds text; null without a text. */
export function textElement(name: string, value: string | number | null): XmlNode | null {
  return value === null ? null : element(name, {}, String(value));
}

/** The document with that root, indented by two spaces, ending in a line feed. */
export function xmlDocument(root: XmlNode): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${xmlFragment(root, '')}\n`;
}

/** One element, its lines beginning with `indent`. @throws Failure `input.invalid` for what XML cannot hold. */
export function xmlFragment(node: XmlNode, indent: string, newline = '\n'): string {
  const attributes = Object.entries(node.attributes).map(
    ([name, value]) => ` ${name}="${escapeAttribute(String(value))}"`,
  );
  const start = `${indent}<${node.name}${attributes.join('')}`;
  if (typeof node.content === 'string') return `${start}>${escapeText(node.content)}</${node.name}>`;
  if (node.content.length === 0) return `${start}/>`;
  const inner = node.content.map((child) => xmlFragment(child, `${indent}  `, newline)).join(newline);
  return `${start}>${newline}${inner}${newline}${indent}</${node.name}>`;
}

/** Characters that no escape brings into XML 1.0 (section 2.2). */
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/u;

export function escapeText(text: string): string {
  const found = forbidden.exec(text);
  if (found !== null) {
    const code = found[0].codePointAt(0)!.toString(16).padStart(4, '0');
    throw new Failure('input.invalid', {
      problem: inEnglish('a text holds the character U+{code}, which XML cannot', { code }),
    });
  }
  // A carriage return would come back as a line feed (section 2.11), which is what is meant.
  return text.replace(/\r\n?/g, '\n').replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

export function escapeAttribute(text: string): string {
  return escapeText(text).replace(/"/g, '&quot;').replace(/\n/g, '&#10;').replace(/\t/g, '&#9;');
}
