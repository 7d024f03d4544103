/** The internal snapshots of a qcow2 image, listed (section Snapshots). */
import type { Snapshot } from '#shared/domain/image.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { decodeText } from './header-extensions.ts';
import type { Header } from './header.ts';
import {
  maximumSnapshotExtraBytes,
  maximumSnapshotTableBytes,
  roundUp,
  snapshotExtraData,
  snapshotTableEntry,
} from './layout.ts';

/**
 * Reads the snapshot table. Sizes in bytes; a snapshot that does not state its disk's size has the image's.
 * @throws Failure `image.malformed`, `image.truncated`.
 */
export function readSnapshots(file: ByteSource, header: Header): Snapshot[] {
  const snapshots: Snapshot[] = [];
  let at = header.snapshotsOffset;
  for (let index = 0; index < header.nbSnapshots; index++) {
    const entry = snapshotTableEntry.read(file, at);
    const { extraDataSize, idStrSize, nameSize } = entry;
    if (extraDataSize > maximumSnapshotExtraBytes) {
      const problem = `${extraDataSize} bytes are more than ${maximumSnapshotExtraBytes}`;
      throw snapshotTableEntry.malformed('extraDataSize', problem, at);
    }
    const variableBytes = extraDataSize + idStrSize + nameSize;
    const next = at + roundUp(snapshotTableEntry.sizeBytes + variableBytes, 8);
    if (next - header.snapshotsOffset > maximumSnapshotTableBytes) {
      const problem = `the table is longer than ${maximumSnapshotTableBytes} bytes`;
      throw snapshotTableEntry.malformed('nameSize', problem, at);
    }
    const variable = readBytes(file, at + snapshotTableEntry.sizeBytes, variableBytes);
    const hasDiskSize = extraDataSize >= snapshotExtraData.sizeBytes;
    snapshots.push({
      id: decodeText(variable.subarray(extraDataSize, extraDataSize + idStrSize)),
      name: decodeText(variable.subarray(extraDataSize + idStrSize)),
      createdAt: timeOf(entry.dateSec, entry.dateNsec),
      virtualSizeBytes: hasDiskSize
        ? snapshotExtraData.decode(variable, 0, at + snapshotTableEntry.sizeBytes).diskSize
        : header.capacityBytes,
    });
    at = next;
  }
  return snapshots;
}

/** Nobody took a snapshot in the first second of 1970: there the time is not recorded. */
function timeOf(seconds: number, nanoseconds: number): string | null {
  if (seconds === 0) return null;
  return new Date(seconds * 1000 + Math.min(999, Math.floor(nanoseconds / 1e6))).toISOString();
}
