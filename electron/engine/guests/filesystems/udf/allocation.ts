/** Allocation descriptors of UDF (ECMA-167 4/14.14): the extents of a body, through all continuations. */
import { inEnglish } from '#shared/in-english.ts';
import type { Piece } from '../../optical/pieced-source.ts';
import {
  allocationExtent,
  extendedAllocation,
  extentKind,
  longAllocation,
  malformed,
  shortAllocation,
  tagId,
  unsupported,
} from './layout.ts';
import { joined, type PartitionTable } from './partitions.ts';
import { requireTag } from './tag.ts';

/** How the descriptors of an entry look: the lower three bits of its flags (4/14.6.8). */
export const allocationKind = { short: 0, long: 1, extended: 2, embedded: 3 } as const;

const maximumPieces = 250_000;
const maximumContinuations = 100_000;

interface Extent {
  readonly kind: number;
  readonly lengthBytes: number;
  readonly block: number;
  readonly partition: number;
}

/**
 * The pieces of the first `wantedBytes` of a body whose descriptors are in `area`; `partition` is that of the entry.
 * @throws Failure `image.malformed` where the extents end before, come back, or leave their partition.
 */
export function piecesOf(
  table: PartitionTable,
  partition: number,
  kind: number,
  area: Uint8Array,
  wantedBytes: number,
): Piece[] {
  const pieces: Piece[] = [];
  const seen = new Set<string>();
  let current: Uint8Array | null = area;
  let left = wantedBytes;
  while (left > 0) {
    if (current === null) {
      const problem = inEnglish('{left} of {wantedBytes} bytes are in no extent', { left, wantedBytes });
      throw malformed('allocation descriptors', 'length', 0, problem);
    }
    let next: Extent | null = null;
    for (const extent of extentsIn(current, kind, partition)) {
      if (extent.kind === extentKind.continuation) {
        next = extent;
        break;
      }
      const length = Math.min(left, extent.lengthBytes);
      if (extent.kind === extentKind.recorded)
        pieces.push(...table.locate(extent.partition, extent.block, length));
      else pieces.push({ length, volumeOffset: null });
      left -= length;
      if (pieces.length > maximumPieces)
        throw unsupported(inEnglish('a file in more than {maximumPieces} pieces', { maximumPieces }));
      if (left === 0) break;
    }
    current = next === null || left === 0 ? null : continuation(table, next, seen);
  }
  return joined(pieces);
}

function* extentsIn(area: Uint8Array, kind: number, partition: number): Iterable<Extent> {
  const layout =
    kind === allocationKind.short
      ? shortAllocation
      : kind === allocationKind.long
        ? longAllocation
        : extendedAllocation;
  for (let at = 0; at + layout.sizeBytes <= area.length; at += layout.sizeBytes) {
    const raw = layout.decode(area, at);
    const lengthBytes = raw.length & 0x3fffffff;
    // An extent without a length ends them (4/12).
    if (lengthBytes === 0) return;
    const own = 'partition' in raw ? Number(raw.partition) : partition;
    yield { kind: raw.length >>> 30, lengthBytes, block: raw.block, partition: own };
  }
}

function continuation(table: PartitionTable, extent: Extent, seen: Set<string>): Uint8Array {
  const key = `${extent.partition}:${extent.block}`;
  if (seen.has(key) || seen.size >= maximumContinuations) {
    throw malformed(
      'allocation extent descriptor',
      'location',
      0,
      inEnglish('the extents come back to where they were'),
    );
  }
  seen.add(key);
  const bytes = table.read(extent.partition, extent.block, Math.min(extent.lengthBytes, table.blockBytes));
  requireTag(bytes, [tagId.allocationExtent], 0);
  const { descriptorsBytes } = allocationExtent.decode(bytes);
  return bytes.subarray(allocationExtent.sizeBytes, allocationExtent.sizeBytes + descriptorsBytes);
}
