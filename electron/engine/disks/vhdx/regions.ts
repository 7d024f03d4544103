/** The region table: where the block allocation table and the metadata are ([MS-VHDX] 2.2.3). */
import type { Span } from '#shared/domain/image.ts';
import type { Failure } from '#shared/failure.ts';
import { readBytes, requireWithin, type ByteSource } from '../../bytes/source.ts';
import { crc32c } from './crc32c.ts';
import {
  guidText,
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
  for (const tableOffset of regionTableOffsets) {
    const bytes = readBytes(source, tableOffset, regionTableBytes);
    const view = new DataView(bytes.buffer);
    const signature = Buffer.from(bytes.buffer, 0, 4).toString('latin1');
    if (signature !== regionTableSignature || view.getUint32(4, true) !== crc32c(bytes, 4)) continue;
    return decode(source, bytes, tableOffset, log);
  }
  throw regionTableHeader.malformed(
    'checksum',
    'neither of the two region tables is valid',
    regionTableOffsets[0],
  );
}

function decode(source: ByteSource, bytes: Uint8Array, tableOffset: number, log: Span): Regions {
  const { entryCount } = regionTableHeader.decode(bytes, 0, tableOffset);
  if (entryCount > maximumRegions) {
    const problem = `${entryCount} are more than ${maximumRegions}`;
    throw regionTableHeader.malformed('entryCount', problem, tableOffset);
  }
  const all: (Span & { name: string })[] = [{ ...log, name: 'log' }];
  const found = new Map<string, Span>();
  for (let index = 0; index < entryCount; index++) {
    const at = regionTableHeader.sizeBytes + index * regionTableEntry.sizeBytes;
    const entry = regionTableEntry.decode(bytes, at, tableOffset + at);
    const guid = guidText(entry.guid);
    const malformed = (field: keyof typeof entry, problem: string): Failure =>
      regionTableEntry.malformed(field, problem, tableOffset + at);
    const name = knownNames[guid];
    if (name === undefined && (entry.required & 1) !== 0) throw unsupported(`the region ${guid}`);
    if (found.has(guid)) throw malformed('guid', `the region ${guid} is there twice`);
    const span = { start: entry.fileOffset, length: entry.length };
    if (span.start < mebibyte || span.start % mebibyte !== 0) {
      throw malformed('fileOffset', `${span.start} is not a multiple of 1 MiB from 1 MiB on`);
    }
    if (span.length % mebibyte !== 0) throw malformed('length', `${span.length} is not a multiple of 1 MiB`);
    const other = all.find(
      (one) => one.start < span.start + span.length && span.start < one.start + one.length,
    );
    if (other !== undefined) throw malformed('fileOffset', `the region overlaps the ${other.name}`);
    requireWithin(source, span.start, span.length);
    found.set(guid, span);
    all.push({ ...span, name: name ?? `region ${guid}` });
  }
  const region = (guid: string): Span => {
    const span = found.get(guid);
    if (span !== undefined) return span;
    throw regionTableHeader.malformed('entryCount', `there is no ${knownNames[guid]}`, tableOffset);
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
