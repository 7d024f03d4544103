/** Apple's property lists in their binary form (CoreFoundation, CFBinaryPList.c): decoded whole, within what the file can hold. */
import { Failure } from '#shared/failure.ts';
import type { PlistValue } from './plist.ts';

export const binaryPlistMark = 'bplist00';
const trailerBytes = 32;
const depthLimit = 64;

/**
 * The value that a binary property list holds. What several places refer to is decoded once, so that references cost nothing.
 * @throws Failure `package.malformed`; `structure` names the file in it.
 */
export function decodeBinaryPlist(bytes: Uint8Array, structure: string): PlistValue {
  return new BinaryPlist(bytes, structure).top();
}

class BinaryPlist {
  readonly #bytes: Buffer;
  readonly #structure: string;
  readonly #offsetBytes: number;
  readonly #referenceBytes: number;
  readonly #objectCount: number;
  readonly #topObject: number;
  readonly #offsetTable: number;
  /** Undefined while the object is being decoded: what holds itself is found by that. */
  readonly #decoded = new Map<number, PlistValue | undefined>();
  /** Objects lie beside each other: together they are no longer than what they lie in, or they overlap to cost time. */
  #unread: number;

  constructor(bytes: Uint8Array, structure: string) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#structure = structure;
    const trailer = bytes.length - trailerBytes;
    if (trailer < binaryPlistMark.length || this.#bytes.toString('latin1', 0, 8) !== binaryPlistMark)
      throw this.#malformed('it is no binary property list');
    this.#offsetBytes = this.#unsigned(trailer + 6, 1);
    this.#referenceBytes = this.#unsigned(trailer + 7, 1);
    this.#objectCount = this.#unsigned(trailer + 8, 8);
    this.#topObject = this.#unsigned(trailer + 16, 8);
    this.#offsetTable = this.#unsigned(trailer + 24, 8);
    const isWidth = (width: number): boolean => width >= 1 && width <= 8;
    if (!isWidth(this.#offsetBytes) || !isWidth(this.#referenceBytes))
      throw this.#malformed('its trailer is damaged');
    this.#unread = this.#offsetTable;
    if (this.#offsetTable + this.#objectCount * this.#offsetBytes > trailer)
      throw this.#malformed('its table of offsets ends outside');
  }

  top(): PlistValue {
    return this.#object(this.#topObject, 0);
  }

  #object(index: number, depth: number): PlistValue {
    if (this.#decoded.has(index)) {
      const known = this.#decoded.get(index);
      if (known === undefined) throw this.#malformed('it holds itself');
      return known;
    }
    if (index >= this.#objectCount) throw this.#malformed(`it has no object ${index}`);
    if (depth > depthLimit) throw this.#malformed(`it is nested more than ${depthLimit} deep`);
    this.#decoded.set(index, undefined);
    const value = this.#decode(
      this.#unsigned(this.#offsetTable + index * this.#offsetBytes, this.#offsetBytes),
      depth,
    );
    this.#decoded.set(index, value);
    return value;
  }

  #decode(offset: number, depth: number): PlistValue {
    const marker = this.#unsigned(offset, 1);
    const [kind, low] = [marker >> 4, marker & 15];
    switch (kind) {
      case 0x0:
        return low === 8 ? false : low === 9 ? true : null;
      case 0x1:
        return this.#integer(offset + 1, 2 ** low);
      case 0x2:
      case 0x3:
        return this.#real(offset + 1, 2 ** low);
      case 0x8:
        return this.#unsigned(offset + 1, low + 1);
    }
    const [count, start] = low < 15 ? [low, offset + 1] : this.#count(offset + 1);
    switch (kind) {
      case 0x4:
        // Data is nothing that anybody asks for.
        this.#take(start, count);
        return null;
      case 0x5:
        return this.#take(start, count).toString('latin1');
      case 0x6:
        return Buffer.from(this.#take(start, 2 * count))
          .swap16()
          .toString('utf16le');
      case 0xa:
      case 0xc:
        return this.#references(start, count).map((index) => this.#object(index, depth + 1));
      case 0xd:
        return this.#dictionary(start, count, depth);
      default:
        throw this.#malformed(`its object at ${offset} is of no known kind`);
    }
  }

  /** Keys first, then as many values. */
  #dictionary(start: number, count: number, depth: number): PlistValue {
    const indexes = this.#references(start, 2 * count);
    const entries = new Map<string, PlistValue>();
    for (let entry = 0; entry < count; entry++) {
      const key = this.#object(indexes[entry]!, depth + 1);
      if (typeof key !== 'string') throw this.#malformed('one of its keys is no text');
      entries.set(key, this.#object(indexes[count + entry]!, depth + 1));
    }
    return entries;
  }

  /** A length that the marker has no room for: an integer of its own. */
  #count(offset: number): [count: number, end: number] {
    const marker = this.#unsigned(offset, 1);
    if (marker >> 4 !== 1) throw this.#malformed(`its length at ${offset} is no number`);
    const width = 2 ** (marker & 15);
    return [this.#unsigned(offset + 1, width), offset + 1 + width];
  }

  #references(start: number, count: number): number[] {
    this.#take(start, count * this.#referenceBytes);
    return Array.from({ length: count }, (_, index) =>
      this.#unsigned(start + index * this.#referenceBytes, this.#referenceBytes),
    );
  }

  /** Eight bytes have a sign, fewer have none; sixteen are nothing that anybody counts. */
  #integer(offset: number, width: number): number | null {
    if (width > 8) return null;
    return width === 8 ? Number(this.#take(offset, 8).readBigInt64BE()) : this.#unsigned(offset, width);
  }

  #real(offset: number, width: number): number | null {
    if (width === 4) return this.#take(offset, 4).readFloatBE();
    return width === 8 ? this.#take(offset, 8).readDoubleBE() : null;
  }

  #unsigned(offset: number, width: number): number {
    if (width > 16 || offset + width > this.#bytes.length)
      throw this.#malformed(`its byte ${offset} is outside`);
    let value = 0;
    for (let at = offset; at < offset + width; at++) value = value * 256 + this.#bytes[at]!;
    if (!Number.isSafeInteger(value)) throw this.#malformed(`its number at ${offset} is too large`);
    return value;
  }

  #take(start: number, lengthBytes: number): Buffer {
    this.#unread -= lengthBytes;
    if (start + lengthBytes > this.#offsetTable || this.#unread < 0)
      throw this.#malformed(`its object at ${start} ends outside`);
    return this.#bytes.subarray(start, start + lengthBytes);
  }

  #malformed(problem: string): Failure {
    return new Failure('package.malformed', { structure: this.#structure, problem });
  }
}
