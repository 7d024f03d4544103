/** Looking things up in a descriptor the way its dialects need it: by local names, the specification's attribute first. */
import type { XmlElement } from './xml.ts';

/** Namespaces of the envelope: DSP0243 1.x and 2.x (oVirt adds a slash), and what came before version 1. */
const envelopeNamespace = /^http:\/\/(schemas\.dmtf\.org\/ovf\/|www\.vmware\.com\/schema\/ovf\/1\/envelope)/;

/**
 * What the element is: its local name, or in version 0.9 (`<Section xsi:type="ovf:DiskSection_Type">`) its type's name.
 */
export function kindOf(element: XmlElement): string {
  if (element.name !== 'Section' && element.name !== 'Content') return element.name;
  const type = attribute(element, 'type');
  return type?.replace(/^.*:/, '').replace(/_Type$/, '') ?? element.name;
}

export function children(element: XmlElement, kind: string): XmlElement[] {
  return element.children.filter((child) => kindOf(child) === kind);
}

export function child(element: XmlElement, kind: string): XmlElement | null {
  return element.children.find((candidate) => kindOf(candidate) === kind) ?? null;
}

/** All elements of that kind below `element`, at any depth, in their order. */
export function* descendants(element: XmlElement, kind: string): Iterable<XmlElement> {
  for (const candidate of element.children) {
    if (kindOf(candidate) === kind) yield candidate;
    yield* descendants(candidate, kind);
  }
}

/** The attribute of that local name: the envelope's own, then one without a prefix, then any other product's. */
export function attribute(element: XmlElement, name: string): string | null {
  const candidates = element.attributes.filter(
    (candidate) => candidate.name === name && candidate.prefix !== 'xmlns',
  );
  const found =
    candidates.find(({ namespace, prefix }) =>
      namespace === null ? prefix === 'ovf' : envelopeNamespace.test(namespace),
    ) ??
    candidates.find(({ prefix }) => prefix === '') ??
    candidates[0];
  return found?.value ?? null;
}

/** The text of an element, trimmed; null when it is empty or there is no element. */
export function textOf(element: XmlElement | null): string | null {
  const text = element?.text.trim() ?? '';
  return text === '' ? null : text;
}

/** A whole number that is not negative, null for anything else. */
export function wholeNumber(text: string | null): number | null {
  if (text === null || !/^\d{1,16}$/.test(text.trim())) return null;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : null;
}

/** The version that the root's namespace stands for; where it has none, what its version attribute says. */
export function ovfVersion(root: XmlElement): string | null {
  const namespace = root.namespace ?? '';
  if (/\/ovf\/envelope\/1\/?$/.test(namespace)) return '1.x';
  if (/\/ovf\/envelope\/2\/?$/.test(namespace)) return '2.x';
  if (/\/ovf\/1\/envelope\/?$/.test(namespace)) return '0.9';
  const version = attribute(root, 'version') ?? '';
  return version === '0.9' ? '0.9' : (/^([12])(\.|$)/.exec(version)?.[1]?.concat('.x') ?? null);
}
