/** What a package says about itself in words: products, annotations, licences, networks (DSP0243 2.1, section 9). */
import type { License, PackageNetwork } from '#shared/domain/package.ts';
import { attribute, child, children, descendants, textOf } from './descriptor-element.ts';
import { localisedChild, type Localise } from './strings.ts';
import type { XmlElement } from './xml.ts';

export interface Product {
  readonly product: string | null;
  readonly vendor: string | null;
  readonly version: string | null;
  readonly productUrl: string | null;
}

/**
 * The product of a system or collection; null when no section names one. Sections with a class describe parts of it (or
 * only hold properties), so one without comes first.
 */
export function readProduct(content: XmlElement, localise: Localise): Product | null {
  const sections = children(content, 'ProductSection').filter((section) =>
    ['Product', 'Vendor', 'Version', 'FullVersion'].some((kind) => localise(child(section, kind)) !== null),
  );
  const section = sections.find((candidate) => (attribute(candidate, 'class') ?? '') === '') ?? sections[0];
  if (section === undefined) return null;
  return {
    product: localisedChild(section, 'Product', localise),
    vendor: localisedChild(section, 'Vendor', localise),
    version: textOf(child(section, 'FullVersion')) ?? textOf(child(section, 'Version')),
    productUrl: textOf(child(section, 'ProductUrl')) ?? textOf(child(section, 'VendorUrl')),
  };
}

/** The annotation of a system or collection; oVirt writes a Description instead. */
export function readAnnotation(content: XmlElement, localise: Localise): string | null {
  return (
    localisedChild(child(content, 'AnnotationSection'), 'Annotation', localise) ??
    localisedChild(content, 'Description', localise)
  );
}

/** Every licence text in the package, once. */
export function readLicenses(envelope: XmlElement, localise: Localise): License[] {
  const licenses = new Map<string, License>();
  for (const section of descendants(envelope, 'EulaSection')) {
    const text = localisedChild(section, 'License', localise);
    if (text === null || licenses.has(text)) continue;
    licenses.set(text, { title: localisedChild(section, 'Info', localise), text });
  }
  return [...licenses.values()];
}

/** The networks that the package declares. */
export function readNetworks(envelope: XmlElement, localise: Localise): PackageNetwork[] {
  return children(envelope, 'NetworkSection')
    .flatMap((section) => children(section, 'Network'))
    .flatMap((network) => {
      const name = attribute(network, 'name');
      return name === null ? [] : [{ name, description: localisedChild(network, 'Description', localise) }];
    });
}
