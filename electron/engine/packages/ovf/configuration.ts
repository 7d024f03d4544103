/** Deployment options (DSP0243 2.1, section 9.8): which configuration holds, and what properties are worth in it. */
import { attribute, children, descendants } from './descriptor-element.ts';
import type { XmlElement } from './xml.ts';

/** The configuration that is deployed when nobody chooses: the default one, else the first; null without any. */
export function defaultConfiguration(envelope: XmlElement): string | null {
  const configurations = children(envelope, 'DeploymentOptionSection').flatMap((section) =>
    children(section, 'Configuration'),
  );
  const chosen =
    configurations.find((candidate) => /^(true|1)$/.test(attribute(candidate, 'default') ?? '')) ??
    configurations[0];
  return chosen === undefined ? null : attribute(chosen, 'id');
}

/** Whether an element counts in `configuration`: it names none, or that one among others. */
export function countsIn(element: XmlElement, configuration: string | null): boolean {
  const listed = (attribute(element, 'configuration') ?? '').split(/\s+/).filter((id) => id !== '');
  return listed.length === 0 || (configuration !== null && listed.includes(configuration));
}

/** The default values of all properties by their keys: `class.key.instance` (section 9.5), and the bare key. */
export function readProperties(
  envelope: XmlElement,
  configuration: string | null,
): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  for (const section of descendants(envelope, 'ProductSection')) {
    const [before, after] = [attribute(section, 'class') ?? '', attribute(section, 'instance') ?? ''];
    for (const property of children(section, 'Property')) {
      const key = attribute(property, 'key');
      if (key === null) continue;
      const alternative = children(property, 'Value').find(
        (value) => attribute(value, 'configuration') !== null && countsIn(value, configuration),
      );
      const value =
        (alternative === undefined ? null : attribute(alternative, 'value')) ?? attribute(property, 'value');
      if (value === null || value === '') continue;
      const full = [before, key, after].filter((part) => part !== '').join('.');
      for (const name of [full, key]) if (!properties.has(name)) properties.set(name, value);
    }
  }
  return properties;
}

/** `text` with `${key}` replaced by the property's value; null when a property has none. */
export function withProperties(text: string, properties: ReadonlyMap<string, string>): string | null {
  let known = true;
  const replaced = text.replace(/\$\{([^{}]*)\}/g, (_, key: string) => {
    const value = properties.get(key.trim());
    if (value === undefined) known = false;
    return value ?? '';
  });
  return known ? replaced : null;
}
