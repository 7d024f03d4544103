/** Reads the records of one directory (ECMA-119, 6.8 and 9.1) and joins those of a file in several sections. */
import { inEnglish } from '#shared/in-english.ts';
import { requireWithin, type ByteSource } from '../../../bytes/source.ts';
import { directoryRecord, fileFlag, malformed, sectorBytes } from './layout.ts';

/** Where a directory's records lie, in bytes. */
export interface DirectoryPlace {
  readonly offset: number;
  readonly lengthBytes: number;
}

/** A record, or the records of one file. Offsets are of the volume, in bytes. */
export interface DirectoryEntry {
  readonly identifier: Uint8Array;
  readonly flags: number;
  readonly recordedAt: Uint8Array;
  readonly sections: readonly { readonly offset: number; readonly lengthBytes: number }[];
  readonly interleaved: boolean;
  /** Behind the identifier: Rock Ridge lives there. Of the first record. */
  readonly systemUse: Uint8Array;
}

/** 4 TiB in the largest sections: more is not a file but a loop of somebody's making. */
const maximumSections = 1024;

/**
 * The entries in their order, those for the folder itself and its parent among them (identifiers 0 and 1).
 * @throws Failure `image.malformed`, `image.truncated`.
 */
export function* directoryEntries(
  volume: ByteSource,
  place: DirectoryPlace,
  blockBytes: number,
): Iterable<DirectoryEntry> {
  let open: (DirectoryEntry & { sections: { offset: number; lengthBytes: number }[] }) | null = null;
  for (const { record, at } of records(volume, place)) {
    const head = directoryRecord.decode(record, 0, at);
    const nameEnd = directoryRecord.sizeBytes + head.identifierLength;
    if (head.identifierLength === 0 || nameEnd > record.length) {
      const problem = inEnglish('{identifierLength} bytes do not fit in the record', {
        identifierLength: head.identifierLength,
      });
      throw directoryRecord.malformed('identifierLength', problem, at);
    }
    const section = {
      offset: (head.extentLocation + head.extendedAttributeLength) * blockBytes,
      lengthBytes: head.dataLength,
    };
    const identifier = record.subarray(directoryRecord.sizeBytes, nameEnd);
    if (open !== null && Buffer.compare(open.identifier, identifier) === 0) {
      if (open.sections.length >= maximumSections) {
        throw directoryRecord.malformed(
          'fileFlags',
          inEnglish('over {maximumSections} sections of one file', { maximumSections }),
          at,
        );
      }
      open.sections.push(section);
    } else {
      if (open !== null) yield open;
      open = {
        identifier,
        flags: head.fileFlags,
        recordedAt: head.recordedAt,
        sections: [section],
        interleaved: head.fileUnitSize !== 0 || head.interleaveGapSize !== 0,
        // The identifier is padded to an even length (9.1.12).
        systemUse: record.subarray(nameEnd + (head.identifierLength % 2 === 0 ? 1 : 0)),
      };
    }
    if ((head.fileFlags & fileFlag.multiExtent) === 0) {
      yield open;
      open = null;
    }
  }
  if (open !== null) yield open;
}

const readAheadBytes = 32 * sectorBytes;

function* records(volume: ByteSource, place: DirectoryPlace): Iterable<{ record: Uint8Array; at: number }> {
  requireWithin(volume, place.offset, place.lengthBytes);
  for (let done = 0; done < place.lengthBytes; done += readAheadBytes) {
    // The first block tells most of what is asked about a folder; most folders have no other.
    const bytes = new Uint8Array(Math.min(readAheadBytes, place.lengthBytes - done));
    volume.read(place.offset + done, bytes);
    for (let block = 0; block < bytes.length; block += sectorBytes) {
      const end = Math.min(block + sectorBytes, bytes.length);
      let at = block;
      while (at < end && bytes[at] !== 0) {
        const length = bytes[at]!;
        if (length < directoryRecord.sizeBytes || at + length > end) {
          const fileOffset = place.offset + done + at;
          throw malformed(
            'directory record',
            'recordLength',
            fileOffset,
            inEnglish('{length} is not possible here', { length }),
          );
        }
        yield { record: bytes.subarray(at, at + length), at: place.offset + done + at };
        at += length;
      }
    }
  }
}
