/** Where two disks show the same bytes of the same file: two overlays of one image, a disk and its snapshot. */
import { statSync } from 'node:fs';
import type { Span } from '#shared/domain/image.ts';
import { FileSource } from '../bytes/source.ts';
import type { ChainExtent, Disk } from '../disks/chain.ts';

/** The spans for which both disks lead to the same place of the same file, ascending. Reads tables, and no data. */
export function* sharedSpans(first: Disk, second: Disk): Iterable<Span> {
  const identities = new FileIdentities();
  const files = new Set(first.files.map((path) => identities.of(path)));
  if (!second.files.some((path) => files.has(identities.of(path)))) return;
  const length = Math.min(first.capacityBytes, second.capacityBytes);
  const others = second.extents({ start: 0, length })[Symbol.iterator]();
  let other = others.next();
  for (const extent of first.extents({ start: 0, length })) {
    const end = extent.start + extent.length;
    while (other.done !== true && other.value.start < end) {
      const start = Math.max(extent.start, other.value.start);
      const sharedEnd = Math.min(end, other.value.start + other.value.length);
      if (areSame(first, extent, second, other.value, identities)) yield { start, length: sharedEnd - start };
      if (other.value.start + other.value.length > end) break;
      other = others.next();
    }
  }
}

function areSame(
  first: Disk,
  one: ChainExtent,
  second: Disk,
  other: ChainExtent,
  identities: FileIdentities,
): boolean {
  if (one.state === 'stored' && other.state === 'stored') {
    const isSamePlace = one.fileOffset - one.start === other.fileOffset - other.start;
    return isSamePlace && identities.areSame(one.source, other.source);
  }
  if (one.state !== 'encoded' || other.state !== 'encoded') return false;
  // What encoded bytes stand for depends on the image that leads to them, too.
  const [layer, otherLayer] = [first.layers[one.depth]!, second.layers[other.depth]!];
  return (
    one.fileOffset === other.fileOffset &&
    one.encodedBytes === other.encodedBytes &&
    one.unit.start === other.unit.start &&
    layer.driver === otherLayer.driver &&
    identities.of(layer.path) === identities.of(otherLayer.path) &&
    identities.areSame(one.source, other.source)
  );
}

/** Which paths are the same file: device and inode see through links. */
class FileIdentities {
  readonly #known = new Map<string, string>();

  of(path: string): string {
    let identity = this.#known.get(path);
    if (identity === undefined) {
      const status = statSync(path, { bigint: true, throwIfNoEntry: false });
      // What is no file of its own (a member of a package) is called by its path.
      identity = status === undefined ? path : `${status.dev}:${status.ino}`;
      this.#known.set(path, identity);
    }
    return identity;
  }

  /** Whether offsets in both mean the same bytes: both are files as they are, nothing decoded or cut out. */
  areSame(one: unknown, other: unknown): boolean {
    if (!(one instanceof FileSource) || !(other instanceof FileSource)) return false;
    return this.of(one.path) === this.of(other.path);
  }
}
