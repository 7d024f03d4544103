/** Changing what a descriptor says in words: name, operating system, product, notes and licence. */
import type { GuestSystem } from '../guest-systems.ts';
import type { XmlEdits } from '../xml-edits.ts';
import { attributeOf, childOf, childrenOf, type XmlElementSpan } from '../xml-spans.ts';
import { element, textElement, type XmlNode } from '../xml-text.ts';

export interface ProductWords {
  readonly product: string | null;
  readonly vendor: string | null;
  readonly version: string | null;
}

/** Changes one machine of a descriptor. New elements have the prefix that the machine's own element has. */
export class WordsEdits {
  readonly #edits: XmlEdits;
  readonly #envelope: XmlElementSpan;
  readonly #system: XmlElementSpan;

  constructor(edits: XmlEdits, envelope: XmlElementSpan, system: XmlElementSpan) {
    this.#edits = edits;
    this.#envelope = envelope;
    this.#system = system;
  }

  setName(name: string): void {
    const found = childOf(this.#system, 'Name');
    if (found !== null) this.#edits.setText(found, name);
    else this.#edits.insertAfter(this.#system.children[0]!, this.#text('Name', name));
    const machine = childOf(this.#system, 'Machine');
    if (machine !== null) this.#edits.setAttribute(machine, 'name', name);
  }

  setSystem(system: GuestSystem): void {
    const section = childOf(this.#system, 'OperatingSystemSection');
    if (section === null) {
      const children = [
        this.#text('Info', 'The operating system of the machine'),
        this.#text('Description', system.title),
      ];
      const made = element(
        this.#name('OperatingSystemSection'),
        { [this.#attribute('id')]: system.cimType },
        children,
      );
      this.#insertSection(made);
    } else {
      this.#edits.setAttribute(section, 'id', String(system.cimType), this.#attribute('id'));
      if (attributeOf(section, 'osType') !== null) this.#edits.setAttribute(section, 'osType', system.vmware);
      // The number of a version would be that of the old system.
      if (attributeOf(section, 'version') !== null) this.#edits.setAttribute(section, 'version', '');
      const description = childOf(section, 'Description');
      if (description !== null) this.#edits.setText(description, system.title);
      const virtualBox = childOf(section, 'OSType');
      if (virtualBox !== null) this.#edits.setText(virtualBox, system.virtualBox);
    }
    const machine = childOf(this.#system, 'Machine');
    if (machine !== null) this.#edits.setAttribute(machine, 'OSType', system.virtualBox);
  }

  /** In the section that describes the product itself, which has no class; made where there is none. */
  setProduct({ product, vendor, version }: ProductWords): void {
    const wanted = { Product: product, Vendor: vendor, Version: version };
    const section = childrenOf(this.#system, 'ProductSection').find(
      (candidate) => (attributeOf(candidate, 'class')?.value ?? '') === '',
    );
    if (section === undefined) {
      if (product === null && vendor === null && version === null) return;
      const words = Object.entries(wanted).map(([name, value]) => textElement(this.#name(name), value));
      this.#insertSection(
        element(this.#name('ProductSection'), {}, [this.#text('Info', 'About the product'), ...words]),
      );
      return;
    }
    // They stand in this order (DSP8023), behind Info.
    let before = section.children[0]!;
    for (const [name, value] of Object.entries(wanted)) {
      const found = childOf(section, name);
      if (found !== null) before = found;
      if (value === null) continue;
      if (found === null) this.#edits.insertAfter(before, this.#text(name, value));
      else this.#edits.setText(found, value);
    }
    const full = childOf(section, 'FullVersion');
    if (version !== null && full !== null) this.#edits.setText(full, version);
  }

  /** The text of the first section of that kind; the section is made where there is none. */
  setSectionText(kind: 'AnnotationSection' | 'EulaSection', name: string, info: string, text: string): void {
    const section = childOf(this.#system, kind);
    const found = section === null ? null : childOf(section, name);
    if (found !== null) this.#edits.setText(found, text);
    else if (section !== null) this.#edits.insertAfter(section.children[0]!, this.#text(name, text));
    else
      this.#insertSection(element(this.#name(kind), {}, [this.#text('Info', info), this.#text(name, text)]));
  }

  /** Sections come after Info and Name, in any order. */
  #insertSection(section: XmlNode): void {
    this.#edits.insertAfter(this.#system.children.at(-1)!, section);
  }

  #name(name: string): string {
    return this.#system.prefix === '' ? name : `${this.#system.prefix}:${name}`;
  }

  #text(name: string, text: string): XmlNode {
    return element(this.#name(name), {}, text);
  }

  /** Attributes of the envelope's namespace need a prefix, whatever the elements have. */
  #attribute(name: string): string {
    const declared = this.#envelope.attributes.find(
      (attribute) => attribute.name.startsWith('xmlns:') && /\/ovf\/envelope\/\d\/?$/.test(attribute.value),
    );
    return `${declared?.name.slice(6) ?? (this.#system.prefix || 'ovf')}:${name}`;
  }
}
