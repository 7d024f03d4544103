/** The internal snapshots of a qcow2 image: listed, and one chosen as a disk of its own (section Snapshots). */
import type { Snapshot } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import { readBytes, requireWithin, type ByteSource } from '../../bytes/source.ts';
import { decodeText } from './header-extensions.ts';
import { bytesPerL2Table, type Header } from './header.ts';
import {
  maximumL1Bytes,
  maximumSnapshotExtraBytes,
  maximumSnapshotTableBytes,
  roundUp,
  snapshotExtraData,
  snapshotTableEntry,
} from './layout.ts';

/** An entry of the snapshot table. Offsets and sizes in bytes, `l1Size` in entries. */
export interface SnapshotEntry extends Snapshot {
  readonly virtualSizeBytes: number;
  /** False where the entry is too old to say how large its disk is. */
  readonly statesDiskSize: boolean;
  readonly l1TableOffset: number;
  readonly l1Size: number;
  readonly extraDataSize: number;
}

export interface SnapshotTable {
  readonly entries: readonly SnapshotEntry[];
  readonly lengthBytes: number;
}

/**
 * Reads the snapshot table. A snapshot that does not state its disk's size has the image's.
 * @throws Failure `image.malformed`, `image.truncated`.
 */
export function readSnapshotTable(file: ByteSource, header: Header): SnapshotTable {
  const entries: SnapshotEntry[] = [];
  let at = header.snapshotsOffset;
  for (let index = 0; index < header.nbSnapshots; index++) {
    const entry = snapshotTableEntry.read(file, at);
    const { extraDataSize, idStrSize, nameSize, l1TableOffset, l1Size } = entry;
    if (extraDataSize > maximumSnapshotExtraBytes) {
      const problem = inEnglish('{extraDataSize} bytes are more than {maximumSnapshotExtraBytes}', {
        extraDataSize,
        maximumSnapshotExtraBytes,
      });
      throw snapshotTableEntry.malformed('extraDataSize', problem, at);
    }
    const variableBytes = extraDataSize + idStrSize + nameSize;
    const next = at + roundUp(snapshotTableEntry.sizeBytes + variableBytes, 8);
    if (next - header.snapshotsOffset > maximumSnapshotTableBytes) {
      const problem = inEnglish('the table is longer than {maximumSnapshotTableBytes} bytes', {
        maximumSnapshotTableBytes,
      });
      throw snapshotTableEntry.malformed('nameSize', problem, at);
    }
    const variable = readBytes(file, at + snapshotTableEntry.sizeBytes, variableBytes);
    const statesDiskSize = extraDataSize >= snapshotExtraData.sizeBytes;
    entries.push({
      id: decodeText(variable.subarray(extraDataSize, extraDataSize + idStrSize)),
      name: decodeText(variable.subarray(extraDataSize + idStrSize)),
      createdAt: timeOf(entry.dateSec, entry.dateNsec),
      virtualSizeBytes: statesDiskSize
        ? snapshotExtraData.decode(variable, 0, at + snapshotTableEntry.sizeBytes).diskSize
        : header.capacityBytes,
      statesDiskSize,
      l1TableOffset,
      l1Size,
      extraDataSize,
    });
    at = next;
  }
  return { entries, lengthBytes: at - header.snapshotsOffset };
}

/** What everyone may know of the entries. */
export function describeSnapshots(entries: readonly SnapshotEntry[]): Snapshot[] {
  return entries.map(({ id, name, createdAt, virtualSizeBytes }) => ({
    id,
    name,
    createdAt,
    virtualSizeBytes,
  }));
}

/**
 * The header of the disk as it was when the snapshot with that id, else that name, was taken: its own L1 table and size.
 * @throws Failure `input.invalid` when there is no such snapshot; `image.malformed`, `image.truncated`.
 */
export function headerOfSnapshot(
  file: ByteSource,
  header: Header,
  entries: readonly SnapshotEntry[],
  wanted: string,
): Header {
  const entry = entries.find(({ id }) => id === wanted) ?? entries.find(({ name }) => name === wanted);
  if (entry === undefined) {
    throw new Failure('input.invalid', {
      problem: inEnglish('the image has no snapshot "{wanted}"', { wanted }),
    });
  }
  const { l1TableOffset, l1Size, virtualSizeBytes: capacityBytes } = entry;
  const wrong = (field: 'l1Size' | 'l1TableOffset', problem: Message): Failure =>
    snapshotTableEntry.malformed(
      field,
      inEnglish('snapshot {id}: {problem}', { id: entry.id, problem: asValue(problem) }),
      header.snapshotsOffset,
    );
  const usedL1Entries = Math.ceil(capacityBytes / bytesPerL2Table(header));
  if (l1Size * 8 > maximumL1Bytes)
    throw wrong('l1Size', inEnglish('{l1Size} entries are too many', { l1Size }));
  if (l1Size < usedL1Entries && entry.statesDiskSize) {
    throw wrong(
      'l1Size',
      inEnglish('{l1Size} entries do not cover its disk, which needs {usedL1Entries}', {
        l1Size,
        usedL1Entries,
      }),
    );
  }
  if (l1Size > 0) {
    if (l1TableOffset === 0 || l1TableOffset % header.clusterBytes !== 0) {
      throw wrong(
        'l1TableOffset',
        inEnglish('{l1TableOffset} is not the start of a cluster after the header', { l1TableOffset }),
      );
    }
    requireWithin(file, l1TableOffset, l1Size * 8);
  }
  // What an old entry's table does not cover was added to the disk later.
  return {
    ...header,
    capacityBytes: Math.min(capacityBytes, l1Size * bytesPerL2Table(header)),
    l1TableOffset,
    l1Size,
    usedL1Entries: Math.min(usedL1Entries, l1Size),
  };
}

/** Nobody took a snapshot in the first second of 1970: there the time is not recorded. */
function timeOf(seconds: number, nanoseconds: number): string | null {
  if (seconds === 0) return null;
  return new Date(seconds * 1000 + Math.min(999, Math.floor(nanoseconds / 1e6))).toISOString();
}
