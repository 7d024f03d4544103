/** Apple's property lists, as XML or binary, as plain values. */
import { readBytes, type ByteSource } from '../bytes/source.ts';
import { xmlLimitBytes, type XmlElement } from '../packages/ovf/xml.ts';
import { binaryPlistMark, decodeBinaryPlist } from './binary-plist.ts';
import { readXml } from './xml.ts';

export type PlistDictionary = ReadonlyMap<string, PlistValue>;
/** Null for what nobody here asks for: data, dates, kinds that are not known. */
export type PlistValue = string | number | boolean | null | readonly PlistValue[] | PlistDictionary;

const empty: PlistDictionary = new Map();

/** The value of a property list. @throws Failure `package.malformed`. */
export function readPlist(file: ByteSource): PlistValue {
  const name = file.path.replace(/^.*[/\\]/, '');
  const mark = Buffer.alloc(Math.min(binaryPlistMark.length, file.sizeBytes));
  file.read(0, mark);
  if (mark.toString('latin1') === binaryPlistMark && file.sizeBytes <= xmlLimitBytes)
    return decodeBinaryPlist(readBytes(file, 0, file.sizeBytes), name);
  // Apple's document type declaration, which all such files have, says nothing; another one is refused.
  const plist = readXml(file, (text) =>
    text.replace(/<!DOCTYPE plist PUBLIC "-\/\/Apple[^"]*\/\/DTD PLIST 1\.0\/\/EN" "[^"]*">/, ''),
  );
  return valueOf(plist.children[0]);
}

function valueOf(element: XmlElement | undefined): PlistValue {
  switch (element?.name) {
    case 'string':
      return element.text;
    case 'integer':
    case 'real':
      return element.text.trim() === '' ? null : Number(element.text);
    case 'true':
      return true;
    case 'false':
      return false;
    case 'array':
      return element.children.map(valueOf);
    case 'dict':
      return entriesOf(element);
    default:
      return null;
  }
}

/** Keys and values follow each other. */
function entriesOf(dictionary: XmlElement): PlistDictionary {
  const entries = new Map<string, PlistValue>();
  for (const [index, child] of dictionary.children.entries()) {
    const value = dictionary.children[index + 1];
    if (child.name === 'key' && value !== undefined) entries.set(child.text.trim(), valueOf(value));
  }
  return entries;
}

/** The entries of a dictionary; nothing for anything else. */
export function dictionaryOf(value: PlistValue | undefined): PlistDictionary {
  return value instanceof Map ? (value as PlistDictionary) : empty;
}

/** The values of an array; nothing for anything else. */
export function listOf(value: PlistValue | undefined): readonly PlistValue[] {
  return Array.isArray(value) ? (value as readonly PlistValue[]) : [];
}

/** Text that is not empty, also that of a number; null for anything else. */
export function textAt(entries: PlistDictionary, key: string): string | null {
  const value = entries.get(key);
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value.trim() || null : null;
}
