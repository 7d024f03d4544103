/** pax extended headers: "length keyword=value" records (POSIX.1, pax, section "pax Extended Header"). */
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import { malformedTar, tarText } from './tar-header.ts';

/** The records of one or more extended headers. A record for a keyword replaces the one before it. */
export interface PaxRecords {
  readonly values: ReadonlyMap<string, string>;
  /** GNU's sparse format 0.0 repeats these two keywords, in order. */
  readonly sparseNumbers: readonly number[];
}

export const noPaxRecords: PaxRecords = { values: new Map(), sparseNumbers: [] };

/** Reads the records of the header whose data is `data`. @throws Failure `package.malformed`. */
export function readPaxRecords(data: Uint8Array, fileOffset: number): PaxRecords {
  const values = new Map<string, string>();
  const sparseNumbers: number[] = [];
  const malformed = (problem: Message) =>
    malformedTar(inEnglish('pax record: {problem}', { problem: asValue(problem) }), fileOffset);
  for (let at = 0; at < data.length;) {
    // Some writers count the padding of the last block to the header.
    if (data[at] === 0) break;
    const space = data.indexOf(0x20, at);
    const digits = space === -1 || space - at > 10 ? '' : tarText(data.subarray(at, space));
    if (!/^[1-9]\d*$/.test(digits)) throw malformed(inEnglish('it has no length'));
    const end = at + Number(digits);
    if (end > data.length || end <= space + 1) throw malformed(inEnglish('its length is wrong'));
    if (data[end - 1] !== 0x0a) throw malformed(inEnglish('it does not end with a line feed'));
    const equals = data.indexOf(0x3d, space);
    if (equals === -1 || equals >= end) throw malformed(inEnglish('it has no "="'));
    const keyword = tarText(data.subarray(space + 1, equals));
    const valueBytes = data.subarray(equals + 1, end - 1);
    const value = tarText(valueBytes);
    // A NUL would make one name of it here and another one elsewhere.
    if (valueBytes.includes(0) && /^(path|linkpath|size|GNU\.sparse\..*)$/.test(keyword)) {
      throw malformed(inEnglish('it holds a NUL'));
    }
    if (keyword === 'GNU.sparse.offset' || keyword === 'GNU.sparse.numbytes') {
      sparseNumbers.push(decimal(value, keyword, fileOffset));
    } else {
      values.set(keyword, value);
    }
    at = end;
  }
  return { values, sparseNumbers };
}

/** `local` over `global`: an empty value takes a keyword away. */
export function mergePaxRecords(global: PaxRecords, local: PaxRecords): PaxRecords {
  const values = new Map(global.values);
  for (const [keyword, value] of local.values) values.set(keyword, value);
  for (const [keyword, value] of values) if (value === '') values.delete(keyword);
  return { values, sparseNumbers: local.sparseNumbers };
}

/** The number that the record for `keyword` gives, null without one. @throws Failure `package.malformed`. */
export function paxNumber(records: PaxRecords, keyword: string, fileOffset: number): number | null {
  const value = records.values.get(keyword);
  return value === undefined ? null : decimal(value, keyword, fileOffset);
}

function decimal(value: string, keyword: string, fileOffset: number): number {
  const number = /^\d{1,16}$/.test(value) ? Number(value) : NaN;
  if (!Number.isSafeInteger(number))
    throw malformedTar(inEnglish('pax record: {keyword} is not a size', { keyword }), fileOffset);
  return number;
}
