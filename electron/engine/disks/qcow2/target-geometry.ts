/** The numbers of a qcow2 image to be written: what its options mean, and how large its tables are. */
import type { OptionDeclaration, VariantDeclaration } from '#shared/domain/format.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { OutputSize, TargetShape, UnitCounter } from '../driver.ts';
import { formatNameOfDriver } from './backing-format.ts';
import { requireZstd } from './compressed-clusters.ts';
import {
  maximumClusterBits,
  maximumL1Bytes,
  maximumRefcountTableBytes,
  minimumClusterBits,
  minimumExtendedClusterBits,
  sectorBytes,
  subclusters,
  unsupported,
  type CompressionType,
} from './layout.ts';

export const variants: readonly VariantDeclaration[] = [
  {
    id: 'plain',
    title: inEnglish('Plain'),
    help: inEnglish('Data as it is: the fastest to write and to use.'),
  },
  {
    id: 'zlib',
    title: inEnglish('Compressed (zlib)'),
    help: inEnglish('Smaller; every program that reads qcow2 reads it.'),
  },
  {
    id: 'zstd',
    title: inEnglish('Compressed (zstd)'),
    help: inEnglish('Smaller and quicker than zlib; needs qemu 5.1 or newer.'),
  },
];

const defaultClusterBytes = 65536;
const refcountWidths = ['1', '2', '4', '8', '16', '32', '64'] as const;

export const options: readonly OptionDeclaration[] = [
  {
    name: 'cluster_size',
    title: inEnglish('Cluster size'),
    help: inEnglish('The unit of allocation; small ones save room, large ones suit large disks.'),
    type: 'size',
    default: defaultClusterBytes,
    minimum: 2 ** minimumClusterBits,
    maximum: 2 ** maximumClusterBits,
  },
  {
    name: 'compat',
    title: inEnglish('Compatibility'),
    help: inEnglish('0.10 for programs older than qemu 1.1, else 1.1.'),
    type: 'choice',
    default: '1.1',
    choices: ['1.1', '0.10'],
  },
  {
    name: 'refcount_bits',
    title: inEnglish('Refcount width'),
    help: inEnglish('Bits per reference count; other than 16 needs compatibility 1.1.'),
    type: 'choice',
    default: '16',
    choices: refcountWidths,
  },
  {
    name: 'extended_l2',
    title: inEnglish('Subclusters'),
    help: inEnglish(
      'Allocates a 32nd of a cluster at a time; needs qemu 5.2 or newer and clusters of 16 KiB at least.',
    ),
    type: 'boolean',
    default: false,
  },
  {
    name: 'preallocation',
    title: inEnglish('Preallocation'),
    help: inEnglish(
      'metadata: a place in the file for every cluster, so that later writes need no new tables.',
    ),
    type: 'choice',
    default: 'off',
    choices: ['off', 'metadata'],
    titles: { off: inEnglish('None'), metadata: inEnglish('Metadata') },
  },
];

/** Sizes in bytes unless they say otherwise. */
export interface TargetGeometry {
  readonly version: 2 | 3;
  readonly capacityBytes: number;
  readonly clusterBits: number;
  readonly clusterBytes: number;
  readonly refcountBits: number;
  /** Null where clusters are stored plain. */
  readonly compression: CompressionType | null;
  readonly l1Size: number;
  readonly entriesPerL2Table: number;
  readonly extendedL2: boolean;
  /** What is allocated at once: a subcluster, else a cluster. */
  readonly unitBytes: number;
  /** Whether every cluster has its place in the file from the start. */
  readonly preallocated: boolean;
  readonly backing: { readonly name: string; readonly formatName: string } | null;
}

/**
 * What `shape` means.
 * @throws Failure `input.invalid` for options that exclude each other; `image.unsupported` when the disk is too large for
 * the cluster size, or the runtime lacks the compression.
 */
export function targetGeometry(shape: TargetShape): TargetGeometry {
  const { capacityBytes, variant, options: chosen, backing } = shape;
  const clusterBytes = Number(chosen['cluster_size'] ?? defaultClusterBytes);
  const clusterBits = Math.log2(clusterBytes);
  const inRange = clusterBits >= minimumClusterBits && clusterBits <= maximumClusterBits;
  if (!Number.isInteger(clusterBits) || !inRange) {
    throw invalid(
      inEnglish('cluster_size {clusterBytes} is not a power of two from 512 to 2097152', { clusterBytes }),
    );
  }
  const version = String(chosen['compat'] ?? '1.1') === '0.10' ? 2 : 3;
  const refcountBits = Number(chosen['refcount_bits'] ?? 16);
  if (!(refcountWidths as readonly string[]).includes(String(refcountBits))) {
    throw invalid(
      inEnglish('refcount_bits {refcountBits} is not a power of two from 1 to 64', { refcountBits }),
    );
  }
  const compression = variant === 'zlib' || variant === 'zstd' ? variant : null;
  const extendedL2 = chosen['extended_l2'] === true;
  const preallocated = chosen['preallocation'] === 'metadata';
  if (version === 2 && refcountBits !== 16)
    throw invalid(inEnglish('compat=0.10 has refcounts of 16 bits only'));
  if (version === 2 && variant === 'zstd') throw invalid(inEnglish('compat=0.10 has no zstd compression'));
  if (version === 2 && extendedL2) throw invalid(inEnglish('compat=0.10 has no subclusters'));
  if (extendedL2 && clusterBits < minimumExtendedClusterBits) {
    throw invalid(inEnglish('extended_l2 needs a cluster_size of 16384 at least'));
  }
  if (preallocated && compression !== null)
    throw invalid(inEnglish('preallocation goes with plain clusters only'));
  if (preallocated && backing !== undefined)
    throw invalid(inEnglish('preallocation would hide the backing image'));
  if (compression === 'zstd') requireZstd();
  const entriesPerL2Table = clusterBytes / (extendedL2 ? 16 : 8);
  const l1Size = Math.ceil(capacityBytes / (entriesPerL2Table * clusterBytes));
  if (l1Size * 8 > maximumL1Bytes) {
    throw unsupported(
      inEnglish('a disk of {capacityBytes} bytes in clusters of {clusterBytes} bytes', {
        capacityBytes,
        clusterBytes,
      }),
    );
  }
  return {
    version,
    capacityBytes,
    clusterBits,
    clusterBytes,
    refcountBits,
    compression,
    l1Size,
    entriesPerL2Table,
    extendedL2,
    unitBytes: extendedL2 && compression === null ? clusterBytes / subclusters : clusterBytes,
    preallocated,
    backing:
      backing === undefined ? null : { name: backing.name, formatName: formatNameOfDriver(backing.format) },
  };
}

function invalid(problem: Message): Failure<'input.invalid'> {
  return new Failure('input.invalid', { problem });
}

/** Where the tables at the end of the file lie, and how large they are. In clusters of the file. */
export interface TableLayout {
  readonly l1Table: number;
  readonly refcountTable: number;
  readonly refcountTableClusters: number;
  readonly refcountBlocks: number;
  readonly refcountBlockCount: number;
  readonly totalClusters: number;
}

/**
 * Lays the L1 table, the refcount table and the refcount blocks after `usedClusters` clusters of header, data and L2
 * tables. The refcount structures count themselves.
 * @throws Failure `image.unsupported` when the file is too large for its refcounts.
 */
export function layTables(geometry: TargetGeometry, usedClusters: number): TableLayout {
  const { clusterBytes, refcountBits, l1Size } = geometry;
  const entriesPerBlock = (clusterBytes * 8) / refcountBits;
  const refcountTable = usedClusters + Math.ceil((l1Size * 8) / clusterBytes);
  let refcountTableClusters = 1;
  let refcountBlockCount = 1;
  for (;;) {
    const total = refcountTable + refcountTableClusters + refcountBlockCount;
    const blocks = Math.ceil(total / entriesPerBlock);
    const tableClusters = Math.ceil((blocks * 8) / clusterBytes);
    // Both only ever grow from one round to the next.
    if (blocks === refcountBlockCount && tableClusters === refcountTableClusters) break;
    refcountBlockCount = blocks;
    refcountTableClusters = tableClusters;
  }
  if (refcountTableClusters * clusterBytes > maximumRefcountTableBytes) {
    throw unsupported(
      inEnglish(
        'a file of {refcountTable} clusters of {clusterBytes} bytes with {refcountBits}-bit refcounts',
        { refcountTable, clusterBytes, refcountBits },
      ),
    );
  }
  const refcountBlocks = refcountTable + refcountTableClusters;
  return {
    l1Table: usedClusters,
    refcountTable,
    refcountTableClusters,
    refcountBlocks,
    refcountBlockCount,
    totalClusters: refcountBlocks + refcountBlockCount,
  };
}

/**
 * The size of an output: its data clusters, an L2 table for each range that holds any, and the tables at the end. Over a
 * backing image the tables for what is told to be zeros come on top, for which there is no telling.
 */
export function outputSize(geometry: TargetGeometry, countUnits: UnitCounter): OutputSize {
  const { clusterBytes, capacityBytes, entriesPerL2Table, l1Size, preallocated, compression, backing } =
    geometry;
  const l2Tables = preallocated ? l1Size : countUnits(clusterBytes * entriesPerL2Table);
  const clusters = preallocated ? Math.ceil(capacityBytes / clusterBytes) : countUnits(clusterBytes);
  const { totalClusters } = layTables(geometry, 1 + clusters + l2Tables);
  return { bytes: totalClusters * clusterBytes, exact: compression === null && backing === null };
}

/** Sizes are kept in sectors by everything that uses qcow2. @throws Failure `image.unsupported` when too large. */
export function capacityFor(capacityBytes: number): number {
  const rounded = Math.ceil(capacityBytes / sectorBytes) * sectorBytes;
  if (!Number.isSafeInteger(rounded))
    throw unsupported(inEnglish('a disk of {capacityBytes} bytes', { capacityBytes }));
  return rounded;
}
