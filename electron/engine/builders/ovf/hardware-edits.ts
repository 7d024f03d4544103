/** Changing processors, memory and network adapters in the hardware of a descriptor, wherever it repeats them. */
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { XmlEdits } from '../xml-edits.ts';
import { attributeOf, childOf, within, type XmlElementSpan } from '../xml-spans.ts';

const processor = '3';
const memory = '4';
const ethernet = '10';
/** Longer names are none that a program made up, and take long to look through. */
const longestLabel = 200;
const itemKinds: ReadonlySet<string> = new Set(['Item', 'StorageItem', 'EthernetPortItem']);

/** The hardware of one machine, in the configuration that holds when nobody chooses one. */
export class HardwareEdits {
  readonly #edits: XmlEdits;
  readonly #system: XmlElementSpan;
  readonly #section: XmlElementSpan;
  readonly #configuration: string | null;

  /** @throws Failure `input.invalid` when the machine has no hardware. */
  constructor(edits: XmlEdits, envelope: XmlElementSpan, system: XmlElementSpan) {
    this.#edits = edits;
    this.#system = system;
    const section = childOf(system, 'VirtualHardwareSection');
    if (section === null) throw invalid(inEnglish('the descriptor says nothing of hardware'));
    this.#section = section;
    const configurations = [...within(envelope, 'Configuration')];
    const chosen =
      configurations.find((one) => /^(true|1)$/.test(attributeOf(one, 'default')?.value ?? '')) ??
      configurations[0];
    this.#configuration = chosen === undefined ? null : (attributeOf(chosen, 'id')?.value ?? null);
  }

  setVcpus(count: number): void {
    const items = this.#itemsOf(processor);
    if (items.length === 0) throw invalid(inEnglish('the descriptor has no item for processors'));
    for (const item of items) {
      const sockets = childOf(item, 'num_of_sockets');
      if (sockets !== null) this.#setTopology(item, sockets, count);
      const quantity = childOf(item, 'VirtualQuantity');
      if (quantity !== null) this.#edits.setText(quantity, String(count));
      else if (sockets === null) throw invalid(inEnglish('the item for processors has no quantity'));
      const cores = childOf(item, 'CoresPerSocket');
      // VMware wants whole sockets.
      if (cores !== null && count % Number(this.#edits.textOf(cores)) !== 0) this.#edits.setText(cores, '1');
      this.#rename(item, /^\d+(?= virtual CPU)/i, String(count));
    }
    for (const cpu of this.#virtualBox('CPU')) this.#edits.setAttribute(cpu, 'count', String(count));
  }

  #setTopology(item: XmlElementSpan, sockets: XmlElementSpan, count: number): void {
    this.#edits.setText(sockets, String(count));
    for (const name of ['cpu_per_socket', 'threads_per_cpu']) {
      const child = childOf(item, name);
      if (child !== null) this.#edits.setText(child, '1');
    }
  }

  setMemory(mebibytes: number): void {
    const items = this.#itemsOf(memory);
    if (items.length === 0) throw invalid(inEnglish('the descriptor has no item for memory'));
    for (const item of items) {
      const quantity = childOf(item, 'VirtualQuantity');
      if (quantity === null) throw invalid(inEnglish('the item for memory has no quantity'));
      const units = childOf(item, 'VirtualQuantityUnits') ?? childOf(item, 'AllocationUnits');
      // Without units the quantity is in megabytes already.
      if (units !== null) this.#edits.setText(units, 'byte * 2^20');
      this.#edits.setText(quantity, String(mebibytes));
      this.#rename(item, /^\d+(?= ?(?:MB|MiB|megabytes?)\b)/i, String(mebibytes));
    }
    for (const element of this.#virtualBox('Memory')) {
      this.#edits.setAttribute(element, 'RAMSize', String(mebibytes));
    }
    for (const element of within(this.#system, 'MemorySizeMb'))
      this.#edits.setText(element, String(mebibytes));
  }

  /** Fewer adapters leave the first ones; more of them are like the last one. */
  setAdapterCount(count: number): void {
    const items = this.#itemsOf(ethernet);
    for (const item of items.slice(count)) this.#edits.remove(item);
    const last = items.at(-1);
    if (count > items.length && last === undefined) {
      throw invalid(inEnglish('the machine has no network adapter that others could be like'));
    }
    for (let number = items.length + 1; number <= count; number++) {
      this.#edits.insertTextAfter(last!, this.#copyOf(last!, number, number - items.length));
    }
  }

  /** Whether VirtualBox has a section of its own in the descriptor, which it goes by. */
  get hasVirtualBoxSection(): boolean {
    return childOf(this.#system, 'Machine') !== null;
  }

  /** The item as a text, with an identity, a place and a name of its own, and without an address. */
  #copyOf(item: XmlElementSpan, number: number, ahead: number): string {
    const { text } = this.#edits;
    const instances = [...within(this.#section, 'InstanceID')].map((id) => Number(this.#edits.textOf(id)));
    const changes = new Map<string, string | null>([
      ['InstanceID', String(Math.max(0, ...instances.filter(Number.isSafeInteger)) + ahead)],
      ['Address', null],
      ['MACAddress', null],
    ]);
    const place = childOf(item, 'AddressOnParent');
    if (place !== null) changes.set('AddressOnParent', String(Number(this.#edits.textOf(place)) + ahead));
    let copy = '';
    let at = item.start;
    for (const child of item.children) {
      const change = changes.get(child.name);
      const named = ['ElementName', 'Caption'].includes(child.name);
      if (change === undefined && !named) continue;
      const value = change ?? numbered(this.#edits.textOf(child), number);
      copy += text.slice(at, change === null ? startWithSpace(text, child.start) : child.contentStart);
      if (change !== null) copy += value;
      at = change === null ? child.end : child.contentEnd;
    }
    return copy + text.slice(at, item.end);
  }

  #itemsOf(resourceType: string): XmlElementSpan[] {
    return this.#section.children.filter((item) => {
      if (!itemKinds.has(item.name)) return false;
      if (this.#edits.textOf(childOf(item, 'ResourceType')) !== resourceType) return false;
      const bound = attributeOf(item, 'bound')?.value ?? 'normal';
      const listed = (attributeOf(item, 'configuration')?.value ?? '').split(/\s+/).filter((id) => id !== '');
      const counts =
        listed.length === 0 || (this.#configuration !== null && listed.includes(this.#configuration));
      return counts && bound === 'normal';
    });
  }

  /** Names that tell the number tell the new one. */
  #rename(item: XmlElementSpan, pattern: RegExp, value: string): void {
    for (const name of ['ElementName', 'Caption']) {
      const child = childOf(item, name);
      if (child === null) continue;
      const text = this.#edits.textOf(child);
      if (text.length <= longestLabel && pattern.test(text))
        this.#edits.setText(child, text.replace(pattern, value));
    }
  }

  /** Elements of that name in the hardware of VirtualBox' own section, which it prefers to the rest. */
  #virtualBox(name: string): XmlElementSpan[] {
    const machine = childOf(this.#system, 'Machine');
    return machine === null
      ? []
      : [...within(machine, 'Hardware')].flatMap((hardware) => childOf(hardware, name) ?? []);
  }
}

/** `name` with another number at its end, where it has one. */
function numbered(name: string, number: number): string {
  return name.length > longestLabel ? name : name.replace(/\d+$/, String(number));
}

function startWithSpace(text: string, start: number): number {
  let at = start;
  while (at > 0 && ' \t\r\n'.includes(text[at - 1]!)) at -= 1;
  return at;
}

function invalid(problem: Message): Failure {
  return new Failure('input.invalid', { problem });
}
