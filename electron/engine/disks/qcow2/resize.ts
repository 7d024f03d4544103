/** Gives an image another capacity in place: the header's size, and an L1 table that is long enough. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { FilePatch } from '../../bytes/patch.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { isZero } from '../../bytes/zeros.ts';
import { ClusterMap, type MappedRun } from './cluster-map.ts';
import { bytesPerL2Table, readHeader, type Header } from './header.ts';
import { headerV2, maximumL1Bytes, sectorBytes, unsupported } from './layout.ts';
import { l1EntryForm, readPointers } from './pointer-table.ts';
import { RefcountPlan } from './refcount-plan.ts';
import { StoredRefcounts } from './stored-refcounts.ts';
import { TableChanges } from './table-changes.ts';

/** The fields of the header that change lie together: from the size up to the L1 table's offset. */
const fieldsStart = headerV2.fields.size.offset;
const fieldsEnd = headerV2.fields.refcountTableOffset.offset;

/**
 * What to write so that the disk has `capacityBytes`; null where that takes a copy: over a backing image (which would show
 * through), with bitmaps or a data file (which would have to change too), with snapshots that do not know their size.
 * @throws Failure `input.invalid` when there is data behind the new end; `image.unsupported` for sizes beyond the format
 * and for images that were not closed cleanly; `image.*`.
 */
export function resizeQcow2(file: ByteSource, capacityBytes: number): FilePatch | null {
  const header = readHeader(file);
  if (!Number.isSafeInteger(capacityBytes) || capacityBytes < 0 || capacityBytes % sectorBytes !== 0) {
    throw new Failure('input.invalid', {
      problem: inEnglish('{capacityBytes} bytes are not whole sectors', { capacityBytes }),
    });
  }
  if (header.dirty || header.corrupt) {
    throw unsupported(inEnglish('resizing an image that was not closed cleanly: repair it first'));
  }
  const neededEntries = Math.ceil(capacityBytes / bytesPerL2Table(header));
  if (neededEntries * 8 > maximumL1Bytes) {
    throw unsupported(
      inEnglish('a disk of {capacityBytes} bytes in clusters of {clusterBytes} bytes', {
        capacityBytes,
        clusterBytes: header.clusterBytes,
      }),
    );
  }
  const shrinks = capacityBytes < header.capacityBytes;
  const { backingFile, hasDataFile, extensions, nbSnapshots, version } = header;
  if (backingFile !== null || hasDataFile || extensions.bitmaps !== null) return null;
  if (nbSnapshots > 0 && (shrinks || version === 2)) return null;
  const changes = new TableChanges();
  if (!clearTail(file, header, Math.min(capacityBytes, header.capacityBytes), shrinks, changes)) return null;
  if (shrinks) refuseDataBehind(file, header, capacityBytes);
  const values = {
    size: capacityBytes,
    l1Size: Math.max(neededEntries, header.l1Size),
    l1TableOffset: header.l1TableOffset,
  };
  const summary = [
    `${shrinks ? 'Shrinks' : 'Grows'} the disk from ${header.capacityBytes} to ${capacityBytes} bytes.`,
  ];
  if (neededEntries > header.l1Size) {
    const l1TableOffset = growL1(file, header, neededEntries, changes);
    if (l1TableOffset === null) return null;
    values.l1TableOffset = l1TableOffset;
    summary.push(`Makes the L1 table ${neededEntries} entries long.`);
  }
  changes.write(
    fieldsStart,
    headerV2.encode(values, readBytes(file, 0, headerV2.sizeBytes)).slice(fieldsStart, fieldsEnd),
  );
  return { changes: changes.changes, sizeBytes: null, summary };
}

function mapOf(file: ByteSource, header: Header): ClusterMap {
  const l1 = readPointers(file, l1EntryForm, header.l1TableOffset, header.usedL1Entries, header.clusterBytes);
  return new ClusterMap(header, file, file, l1, null);
}

const emptyRun = (): MappedRun => ({ state: 'absent', length: 0, fileOffset: 0, encodedBytes: 0 });

/**
 * What lies behind `endBytes` in the cluster that is cut by it: a longer disk must not show what an earlier one left
 * there. False where that takes a copy.
 */
function clearTail(
  file: ByteSource,
  header: Header,
  endBytes: number,
  shrinks: boolean,
  changes: TableChanges,
): boolean {
  const { clusterBytes, encryption, extendedL2 } = header;
  const offsetInCluster = endBytes % clusterBytes;
  if (offsetInCluster === 0) return true;
  const run = emptyRun();
  mapOf(file, header).runAt(endBytes - offsetInCluster, endBytes, run);
  if (run.state === 'absent' || run.state === 'zero') return !extendedL2 || run.length === offsetInCluster;
  // What is encoded, or in parts, can only be told by decoding it.
  if (run.state === 'encoded' || extendedL2 || encryption !== null) return false;
  const fileOffset = run.fileOffset + offsetInCluster;
  const length = Math.min(clusterBytes - offsetInCluster, file.sizeBytes - fileOffset);
  const tail = length > 0 ? readBytes(file, fileOffset, length) : new Uint8Array(0);
  if (isZero(tail)) return true;
  if (shrinks) throw behind(endBytes);
  changes.write(fileOffset, new Uint8Array(length));
  return true;
}

function refuseDataBehind(file: ByteSource, header: Header, capacityBytes: number): void {
  const map = mapOf(file, header);
  const run = emptyRun();
  const firstCluster = Math.ceil(capacityBytes / header.clusterBytes) * header.clusterBytes;
  for (let at = firstCluster; at < header.capacityBytes; at += run.length) {
    map.runAt(at, header.capacityBytes, run);
    if (run.state === 'stored' || run.state === 'encoded') throw behind(capacityBytes);
  }
}

function behind(capacityBytes: number): Failure<'input.invalid'> {
  return new Failure('input.invalid', {
    problem: inEnglish('there is data stored behind {capacityBytes} bytes', { capacityBytes }),
  });
}

/** Makes room for so many entries; where the table lies then. Null when the refcount table has no room for that. */
function growL1(file: ByteSource, header: Header, entries: number, changes: TableChanges): number | null {
  const { clusterBytes, l1TableOffset, l1Size } = header;
  const oldClusters = Math.ceil((l1Size * 8) / clusterBytes);
  if (entries * 8 <= oldClusters * clusterBytes) {
    changes.write(l1TableOffset + l1Size * 8, new Uint8Array((entries - l1Size) * 8));
    return l1TableOffset;
  }
  const stored = new StoredRefcounts(file, header);
  const base = Math.ceil(file.sizeBytes / clusterBytes);
  const newClusters = Math.ceil((entries * 8) / clusterBytes);
  const perBlock = stored.entriesPerBlock;
  // Blocks for the new clusters, and for these blocks in turn, must find an entry in the table.
  if (Math.floor((base + 2 * newClusters + 8) / perBlock) >= stored.tableEntries) return null;
  const refcounts = new Map<number, number>();
  const blocks = new Set<number>();
  const set = (cluster: number, refcount: number): void => {
    refcounts.set(cluster, refcount);
    blocks.add(Math.floor(cluster / perBlock));
  };
  for (let index = 0; index < oldClusters; index++) {
    const cluster = l1TableOffset / clusterBytes + index;
    set(cluster, Math.max(0, stored.get(cluster) - 1));
  }
  for (let index = 0; index < newClusters; index++) set(base + index, 1);
  const plan = new RefcountPlan(header, stored, {
    countOf: (cluster) => refcounts.get(cluster) ?? (cluster < base ? stored.get(cluster) : 0),
    mayHave: () => true,
    // Of what was there before, blocks and table are in the stored refcounts already.
    refcountFor: (cluster, references) =>
      refcounts.get(cluster) ?? (cluster < base ? stored.get(cluster) : references),
    clusterCount: base + newClusters,
    keepsTable: true,
    keepsBlock: (index) => stored.blockState(index) === 'block',
    blocks,
  });
  const table = new Uint8Array(newClusters * clusterBytes);
  table.set(readBytes(file, l1TableOffset, l1Size * 8));
  changes.write(base * clusterBytes, table);
  plan.write(changes);
  return base * clusterBytes;
}
