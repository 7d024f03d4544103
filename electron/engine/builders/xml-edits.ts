/** Changes to an XML text, collected and then made at once: what they do not touch keeps its bytes. */
import { attributeOf, type XmlElementSpan } from './xml-spans.ts';
import { escapeAttribute, escapeText, xmlFragment, type XmlNode } from './xml-text.ts';

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export class XmlEdits {
  readonly text: string;
  readonly #edits: Edit[] = [];

  constructor(text: string) {
    this.text = text;
  }

  /** What lies directly in an element, trimmed, references as they are spelled. */
  textOf(element: XmlElementSpan | null): string {
    return element === null ? '' : this.text.slice(element.contentStart, element.contentEnd).trim();
  }

  /** Puts `value` in place of all that is in `element`. A translation of the old text would win over it: its id goes. */
  setText(element: XmlElementSpan, value: string): void {
    const translation = attributeOf(element, 'msgid');
    if (translation !== null) this.#replace(translation.start, translation.end, '');
    const escaped = escapeText(value);
    if (!element.isEmptyTag) {
      this.#replace(element.contentStart, element.contentEnd, escaped);
      return;
    }
    const name = this.text.slice(element.start + 1, element.nameEnd);
    this.#replace(element.end - 2, element.end, `>${escaped}</${name}>`);
  }

  /** Sets the attribute of that local name; `spelled` is how it is written where there is none. */
  setAttribute(element: XmlElementSpan, name: string, value: string, spelled = name): void {
    const found = attributeOf(element, name);
    const escaped = escapeAttribute(value).replace(/'/g, '&apos;');
    if (found === null) this.#replace(element.nameEnd, element.nameEnd, ` ${spelled}="${escaped}"`);
    else this.#replace(found.valueStart, found.valueStart + found.value.length, escaped);
  }

  /** Puts a new element behind `sibling`, set in as that is. */
  insertAfter(sibling: XmlElementSpan, node: XmlNode): void {
    this.insertTextAfter(sibling, xmlFragment(node, this.#indentOf(sibling), this.#newline).trimStart());
  }

  insertTextAfter(sibling: XmlElementSpan, text: string): void {
    const lead = this.#isOnItsOwnLine(sibling) ? this.#newline + this.#indentOf(sibling) : '';
    this.#replace(sibling.end, sibling.end, lead + text);
  }

  /** Removes an element with the white space before it. */
  remove(element: XmlElementSpan): void {
    let start = element.start;
    while (start > 0 && ' \t\r\n'.includes(this.text[start - 1]!)) start -= 1;
    this.#replace(start, element.end, '');
  }

  /** The text with all changes made. */
  result(): string {
    const ordered = this.#edits
      .map((edit, index) => ({ ...edit, index }))
      .sort((first, second) => first.start - second.start || first.index - second.index);
    let result = '';
    let at = 0;
    for (const { start, end, text } of ordered) {
      // Inside of what was removed or replaced nothing is left to change.
      if (start < at) continue;
      result += this.text.slice(at, start) + text;
      at = end;
    }
    return result + this.text.slice(at);
  }

  #replace(start: number, end: number, text: string): void {
    this.#edits.push({ start, end, text });
  }

  get #newline(): string {
    return this.text.includes('\r\n') ? '\r\n' : '\n';
  }

  #indentOf(element: XmlElementSpan): string {
    return /[ \t]*$/.exec(this.text.slice(Math.max(0, element.start - 200), element.start))![0];
  }

  #isOnItsOwnLine(element: XmlElementSpan): boolean {
    const before = element.start - this.#indentOf(element).length;
    return before === 0 || '\r\n'.includes(this.text[before - 1]!);
  }
}
