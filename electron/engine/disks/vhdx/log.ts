/** The log: finds the entries that were not carried out yet, as they must be before anything is read ([MS-VHDX] 2.3). */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { isNullUuid } from '../uuids.ts';
import { crc32c } from './crc32c.ts';
import type { FoundHeader } from './headers.ts';
import {
  dataDescriptorSignature,
  dataSectorSignature,
  logDescriptor,
  logEntryHeader,
  logEntrySignature,
  logSectorBytes,
  malformedAt,
  maximumLogBytes,
  unsupported,
  zeroDescriptorSignature,
} from './layout.ts';
import { LogOverlay, type LoggedWrite } from './log-overlay.ts';

/** The file as it is once its log is carried out, and how many entries that took. */
export interface ReplayedFile {
  readonly source: ByteSource;
  readonly entryCount: number;
  /** The log laid over the file; null where there is nothing to replay. */
  readonly overlay: LogOverlay | null;
}

/**
 * Replays the log in memory; the file itself is not touched. The source given back closes `file`.
 * @throws Failure `image.malformed` when the log is damaged, `image.truncated` when the file lost what the log relies
 * on, `image.unsupported` for a log of more than 16 MiB.
 */
export function replayLog(file: ByteSource, { fields }: FoundHeader): ReplayedFile {
  const { logGuid, logOffset, logLength } = fields;
  if (isNullUuid(logGuid) || logLength === 0) return { source: file, entryCount: 0, overlay: null };
  if (logLength > maximumLogBytes) throw unsupported(inEnglish('a log of {logLength} bytes', { logLength }));
  const log = new Log(readBytes(file, logOffset, logLength), logGuid);
  const entries = log.activeSequence();
  if (entries === null) {
    // The log was opened and nothing written to it yet; but entries that are all damaged are another matter.
    if (!log.hasTrace) return { source: file, entryCount: 0, overlay: null };
    throw malformedAt(
      'log',
      'entries',
      logOffset,
      inEnglish('it is in use, and holds no complete sequence of entries'),
    );
  }
  const flushed = Math.max(...entries.map((entry) => entry.flushedFileOffset));
  if (flushed > file.sizeBytes) {
    throw new Failure('image.truncated', {
      path: file.path,
      neededBytes: flushed,
      actualBytes: file.sizeBytes,
    });
  }
  const writes = entries.flatMap((entry) => log.writesOf(entry, logOffset));
  const last = entries[entries.length - 1]!;
  const overlay = new LogOverlay(file, writes, last.lastFileOffset);
  return { source: overlay, entryCount: entries.length, overlay };
}

/** An entry that passed every check. `position` is in bytes from the start of the log. */
interface LogEntry {
  readonly position: number;
  readonly entryLength: number;
  readonly tail: number;
  readonly sequenceNumber: bigint;
  readonly descriptorCount: number;
  readonly flushedFileOffset: number;
  readonly lastFileOffset: number;
}

/** Entries that overlap each other could be checked for ever; honest ones take the length of the log about twice. */
const checksumRounds = 16;

class Log {
  readonly #bytes: Uint8Array;
  readonly #guid: Uint8Array;
  readonly #entries = new Map<number, LogEntry | null>();
  #bytesToCheck: number;
  /** Whether anything in the log bears the header's GUID. */
  hasTrace = false;

  constructor(bytes: Uint8Array, guid: Uint8Array) {
    this.#bytes = bytes;
    this.#guid = guid;
    this.#bytesToCheck = bytes.length * checksumRounds;
  }

  /** 2.3.2: the valid sequence with the greatest sequence number, from its tail on; null when there is none. */
  activeSequence(): LogEntry[] | null {
    const length = this.#bytes.length;
    let active: LogEntry[] | null = null;
    let start = 0;
    while (start < length) {
      const sequence = this.#sequenceAt(start);
      const last = sequence[sequence.length - 1];
      const tailIndex = sequence.findIndex((entry) => entry.position === last?.tail);
      if (last === undefined || tailIndex < 0) {
        start += logSectorBytes;
        continue;
      }
      const best = active?.[active.length - 1];
      if (best === undefined || last.sequenceNumber > best.sequenceNumber) active = sequence.slice(tailIndex);
      start += sequence.reduce((sum, entry) => sum + entry.entryLength, 0);
    }
    return active;
  }

  /** The entries from `start` on whose numbers follow each other; the log is a ring. */
  #sequenceAt(start: number): LogEntry[] {
    const sequence: LogEntry[] = [];
    let used = 0;
    for (;;) {
      const entry = this.#entryAt((start + used) % this.#bytes.length);
      const last = sequence[sequence.length - 1];
      if (entry === null || used + entry.entryLength > this.#bytes.length) return sequence;
      if (last !== undefined && entry.sequenceNumber !== last.sequenceNumber + 1n) return sequence;
      sequence.push(entry);
      used += entry.entryLength;
      if (used === this.#bytes.length) return sequence;
    }
  }

  #entryAt(position: number): LogEntry | null {
    let entry = this.#entries.get(position);
    if (entry === undefined) {
      entry = this.#readEntry(position);
      this.#entries.set(position, entry);
    }
    return entry;
  }

  #readEntry(position: number): LogEntry | null {
    const head = this.#bytes.subarray(position, position + logEntryHeader.sizeBytes);
    if (Buffer.from(head.buffer, head.byteOffset, 4).toString('latin1') !== logEntrySignature) return null;
    if (Buffer.compare(head.subarray(32, 48), this.#guid) !== 0) return null;
    this.hasTrace = true;
    const view = new DataView(head.buffer, head.byteOffset, head.length);
    const entryLength = view.getUint32(8, true);
    if (entryLength === 0 || entryLength % logSectorBytes !== 0 || entryLength > this.#bytes.length)
      return null;
    this.#bytesToCheck -= entryLength;
    if (this.#bytesToCheck < 0) throw unsupported(inEnglish('a log whose entries lie in each other'));
    const bytes = this.#slice(position, entryLength);
    if (view.getUint32(4, true) !== crc32c(bytes, 4)) return null;
    // From here on the entry is what its writer meant: a value that cannot be is the writer's mistake.
    const fields = logEntryHeader.decode(bytes, 0);
    if (fields.sequenceNumber === 0n || fields.tail % logSectorBytes !== 0) return null;
    return this.#hasWholeContent(bytes, fields) ? { position, ...fields } : null;
  }

  #hasWholeContent(bytes: Uint8Array, fields: { descriptorCount: number; sequenceNumber: bigint }): boolean {
    const sectorCount = bytes.length / logSectorBytes;
    const descriptorSectors = descriptorSectorsFor(fields.descriptorCount);
    if (descriptorSectors > sectorCount) return false;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let dataSectors = 0;
    for (let index = 0; index < fields.descriptorCount; index++) {
      const at = descriptorOffset(index);
      const signature = signatureAt(bytes, at);
      if (signature === dataDescriptorSignature) dataSectors++;
      else if (signature !== zeroDescriptorSignature) return false;
      if (view.getBigUint64(at + 24, true) !== fields.sequenceNumber) return false;
    }
    if (descriptorSectors + dataSectors > sectorCount) return false;
    for (let index = 0; index < dataSectors; index++) {
      const at = (descriptorSectors + index) * logSectorBytes;
      const high = BigInt(view.getUint32(at + 4, true));
      const low = BigInt(view.getUint32(at + logSectorBytes - 4, true));
      if (signatureAt(bytes, at) !== dataSectorSignature) return false;
      if ((high << 32n) + low !== fields.sequenceNumber) return false;
    }
    return true;
  }

  /** What an entry writes, in its order. `logOffset` is where the log lies, for messages. */
  writesOf(entry: LogEntry, logOffset: number): LoggedWrite[] {
    const bytes = this.#slice(entry.position, entry.entryLength);
    const writes: LoggedWrite[] = [];
    let dataAt = descriptorSectorsFor(entry.descriptorCount) * logSectorBytes;
    for (let index = 0; index < entry.descriptorCount; index++) {
      const at = descriptorOffset(index);
      const place = logOffset + ((entry.position + at) % this.#bytes.length);
      const { signature, fileOffset, leadingBytes, trailingBytes } = logDescriptor.decode(bytes, at, place);
      if (fileOffset % logSectorBytes !== 0) {
        throw logDescriptor.malformed(
          'fileOffset',
          inEnglish('{fileOffset} is not the start of a sector of 4 KiB', { fileOffset }),
          place,
        );
      }
      if (signature === dataDescriptorSignature) {
        const data = bytes.slice(dataAt, dataAt + logSectorBytes);
        data.set(leadingBytes, 0);
        data.set(trailingBytes, logSectorBytes - trailingBytes.length);
        writes.push({ start: fileOffset, length: logSectorBytes, data });
        dataAt += logSectorBytes;
      } else {
        const view = new DataView(leadingBytes.buffer, leadingBytes.byteOffset, 8);
        const length = Number(view.getBigUint64(0, true));
        if (length % logSectorBytes !== 0 || length > Number.MAX_SAFE_INTEGER - fileOffset) {
          throw logDescriptor.malformed(
            'leadingBytes',
            inEnglish('zeros of {length} bytes cannot be', { length }),
            place,
          );
        }
        if (length > 0) writes.push({ start: fileOffset, length, data: null });
      }
    }
    return writes;
  }

  /** A part of the ring in one piece. */
  #slice(position: number, lengthBytes: number): Uint8Array {
    const end = position + lengthBytes;
    if (end <= this.#bytes.length) return this.#bytes.subarray(position, end);
    const parts = [this.#bytes.subarray(position), this.#bytes.subarray(0, end - this.#bytes.length)];
    return new Uint8Array(Buffer.concat(parts));
  }
}

/** Descriptors follow the header and each other, and fill whole sectors. */
function descriptorOffset(index: number): number {
  return logEntryHeader.sizeBytes + index * logDescriptor.sizeBytes;
}

function descriptorSectorsFor(count: number): number {
  return Math.ceil(descriptorOffset(count) / logSectorBytes);
}

function signatureAt(bytes: Uint8Array, at: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, 4).toString('latin1');
}
