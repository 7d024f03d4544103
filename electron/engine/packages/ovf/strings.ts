/** Texts in several languages (DSP0243 2.1, section 10): message identifiers and the string bundles that answer them. */
import { attribute, child, children, textOf } from './descriptor-element.ts';
import type { XmlElement } from './xml.ts';

/** The text of an element of Msg_Type in the language that is shown; null when it has none, or there is no element. */
export type Localise = (element: XmlElement | null) => string | null;

/** Reads a text file or an external bundle that the descriptor refers to by file id; null when it cannot be had. */
export interface ExternalTexts {
  text(fileId: string): string | null;
  bundle(fileId: string): XmlElement | null;
}

/** English first: it is what the descriptor's own texts are in when it says nothing (xml:lang defaults to en-US). */
const isEnglish = (language: string): boolean => /^en(-|$)/i.test(language);

/**
 * Prepares looking up the messages of the descriptor `envelope`. English bundles come before the default texts, and any
 * other bundle only helps where there is no text at all.
 */
export function localiser(envelope: XmlElement, external: ExternalTexts): Localise {
  const english = new Map<string, string>();
  const other = new Map<string, string>();
  for (const strings of children(envelope, 'Strings')) {
    const fileId = attribute(strings, 'fileRef');
    const bundle = fileId === null ? null : external.bundle(fileId);
    const language =
      attribute(strings, 'lang') ?? (bundle === null ? null : attribute(bundle, 'lang')) ?? 'en-US';
    const messages = isEnglish(language) ? english : other;
    for (const source of bundle === null ? [strings] : [strings, bundle])
      addMessages(source, messages, external);
  }
  return (element) => {
    if (element === null) return null;
    const id = attribute(element, 'msgid') ?? '';
    const fileId = attribute(element, 'fileRef');
    return (
      english.get(id) ??
      textOf(element) ??
      (fileId === null ? null : external.text(fileId)) ??
      other.get(id) ??
      null
    );
  };
}

function addMessages(source: XmlElement, messages: Map<string, string>, external: ExternalTexts): void {
  for (const message of children(source, 'Msg')) {
    const id = attribute(message, 'msgid');
    if (id === null || id === '' || messages.has(id)) continue;
    const fileId = attribute(message, 'fileRef');
    const text = textOf(message) ?? (fileId === null ? null : external.text(fileId));
    if (text !== null) messages.set(id, text);
  }
}

/** The localised text of the first child of that kind. */
export function localisedChild(parent: XmlElement | null, kind: string, localise: Localise): string | null {
  return parent === null ? null : localise(child(parent, kind));
}
