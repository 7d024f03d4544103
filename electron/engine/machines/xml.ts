/** The descriptions of machines that are XML: read with the same bounds as descriptors of packages. */
import type { ByteSource } from '../bytes/source.ts';
import { parseXml, xmlLimitBytes, type XmlElement } from '../packages/ovf/xml.ts';
import { readText } from '../packages/text-encoding.ts';

/** The root of an XML file, past what `strip` takes away. @throws Failure `package.malformed`. */
export function readXml(file: ByteSource, strip = (text: string): string => text): XmlElement {
  const name = file.path.replace(/^.*[/\\]/, '');
  return parseXml(strip(readText(file, xmlLimitBytes, name)), name);
}

/** The first element that the names lead to. */
export function at(element: XmlElement | null | undefined, ...names: readonly string[]): XmlElement | null {
  let found = element ?? null;
  for (const name of names) found = found?.children.find((child) => child.name === name) ?? null;
  return found;
}

/** All children of that name. */
export function all(element: XmlElement | null, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** Null where it is missing or empty. */
export function valueOf(element: XmlElement | null, attribute: string): string | null {
  return element?.attributes.find(({ name }) => name === attribute)?.value || null;
}

/** The trimmed text of an element; null where there is none. */
export function wordsIn(element: XmlElement | null): string | null {
  return element?.text.trim() || null;
}

/** Whether the root element of a file that begins with `start` is called `name`. */
export function hasRoot(start: string, name: string): boolean {
  const body = start.replace(
    /^(?:\xef\xbb\xbf)?(?:\s|<\?[^>]*\?>|<!--(?:(?!-->)[^])*-->|<!DOCTYPE[^>[]*>)*/,
    '',
  );
  return body.startsWith(`<${name}`) && /^[\s/>]/.test(body.slice(name.length + 1));
}
