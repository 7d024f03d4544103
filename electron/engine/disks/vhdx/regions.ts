/** The region table: where the block allocation table and the metadata are ([MS-VHDX] 2.2.3). */
import type { Span } from '#shared/domain/image.ts';
import type { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { readBytes, requireWithin, type ByteSource } from '../../bytes/source.ts';
import { guidText } from '../uuids.ts';
import { crc32c } from './crc32c.ts';
import {
  maximumRegions,
  mebibyte,
  regionGuid,
  regionTableBytes,
  regionTableEntry,
  regionTableHeader,
  regionTableOffsets,
  regionTableSignature,
  unsupported,
} from './layout.ts';

export interface Regions {
  readonly blockAllocationTable: Span;
  readonly metadata: Span;
  /** All of them, with the log: nothing else may lie there. In bytes of the file. */
  readonly all: readonly (Span & { readonly name: string })[];
}

/** Reads the first valid region table. @throws Failure `image.malformed`, `image.unsupported`, `image.truncated`. */
export function readRegions(source: ByteSource, log: Span): Regions {
  for (const fileOffset of regionTableOffsets) {
    const { bytes, isValid } = regionTableAt(source, fileOffset);
    if (isValid) return decode(source, bytes, fileOffset, log);
  }
  throw regionTableHeader.malformed(
    'checksum',
    inEnglish('neither of the two region tables is valid'),
    regionTableOffsets[0],
  );
}

interface RegionTable {
  readonly fileOffset: number;
  readonly bytes: Uint8Array;
  readonly isValid: boolean;
}

/** Both copies of the region table. @throws Failure `image.truncated`. */
export function regionTables(source: ByteSource): readonly RegionTable[] {
  return regionTableOffsets.map((fileOffset) => regionTableAt(source, fileOffset));
}

function regionTableAt(source: ByteSource, fileOffset: number): RegionTable {
  const bytes = readBytes(source, fileOffset, regionTableBytes);
  const signature = Buffer.from(bytes.buffer, 0, 4).toString('latin1');
  const checksum = new DataView(bytes.buffer).getUint32(4, true);
  const isValid = signature === regionTableSignature && checksum === crc32c(bytes, 4);
  return { fileOffset, bytes, isValid };
}

function decode(source: ByteSource, bytes: Uint8Array, tableOffset: number, log: Span): Regions {
  const { entryCount } = regionTableHeader.decode(bytes, 0, tableOffset);
  if (entryCount > maximumRegions) {
    const problem = inEnglish('{entryCount} are more than {maximumRegions}', { entryCount, maximumRegions });
    throw regionTableHeader.malformed('entryCount', problem, tableOffset);
  }
  const all: (Span & { name: string })[] = [{ ...log, name: 'log' }];
  const found = new Map<string, Span>();
  for (let index = 0; index < entryCount; index++) {
    const at = regionTableHeader.sizeBytes + index * regionTableEntry.sizeBytes;
    const entry = regionTableEntry.decode(bytes, at, tableOffset + at);
    const guid = guidText(entry.guid);
    const malformed = (field: keyof typeof entry, problem: Message): Failure =>
      regionTableEntry.malformed(field, problem, tableOffset + at);
    const name = knownNames[guid];
    if (name === undefined && (entry.required & 1) !== 0)
      throw unsupported(inEnglish('the region {guid}', { guid }));
    if (found.has(guid)) throw malformed('guid', inEnglish('the region {guid} is there twice', { guid }));
    const span = { start: entry.fileOffset, length: entry.length };
    if (span.start < mebibyte || span.start % mebibyte !== 0) {
      throw malformed(
        'fileOffset',
        inEnglish('{start} is not a multiple of 1 MiB from 1 MiB on', { start: span.start }),
      );
    }
    if (span.length % mebibyte !== 0)
      throw malformed('length', inEnglish('{count} is not a multiple of 1 MiB', { count: span.length }));
    const other = all.find(
      (one) => one.start < span.start + span.length && span.start < one.start + one.length,
    );
    if (other !== undefined)
      throw malformed('fileOffset', inEnglish('the region overlaps the {name}', { name: other.name }));
    requireWithin(source, span.start, span.length);
    found.set(guid, span);
    all.push({ ...span, name: name ?? `region ${guid}` });
  }
  const region = (guid: string): Span => {
    const span = found.get(guid);
    if (span !== undefined) return span;
    throw regionTableHeader.malformed(
      'entryCount',
      inEnglish('there is no {region}', { region: knownNames[guid] ?? guid }),
      tableOffset,
    );
  };
  return {
    blockAllocationTable: region(regionGuid.blockAllocationTable),
    metadata: region(regionGuid.metadata),
    all,
  };
}

const knownNames: Readonly<Record<string, string>> = {
  [regionGuid.blockAllocationTable]: 'block allocation table',
  [regionGuid.metadata]: 'metadata region',
};
