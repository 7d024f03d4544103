/** Reads VDI images: which blocks are stored, which are zeros, and which belong to the parent. */
import type { Fact, FileReference, Span, Warning } from '#shared/domain/image.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { DiskReader, Extent } from '../driver.ts';
import { BlockMap } from './block-map.ts';
import { isAllocated, readHeader, type Header } from './header.ts';
import { blockZero, sectorBytes } from './layout.ts';

/** Opens a VDI image and checks its header and block map. @throws Failure `image.*`, `io.*`. */
export function openVdi(file: ByteSource): DiskReader {
  try {
    const header = readHeader(file);
    const map = new BlockMap(file, header);
    return new VdiReader(file, header, map, map.check());
  } catch (error) {
    file.close();
    throw error;
  }
}

class VdiReader implements DiskReader {
  readonly capacityBytes: number;
  readonly sectorBytes = sectorBytes;
  readonly variant: string;
  readonly parent: FileReference | null;
  readonly snapshots = [];
  readonly encryption = null;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
  readonly #file: ByteSource;
  readonly #header: Header;
  readonly #map: BlockMap;

  constructor(file: ByteSource, header: Header, map: BlockMap, allocatedBlocks: number) {
    this.#file = file;
    this.#header = header;
    this.#map = map;
    this.capacityBytes = header.capacityBytes;
    this.variant = header.variant;
    // VirtualBox finds the parent among its registered media: the image itself has no name for it, nor a format.
    this.parent = header.parentUuid === null ? null : { name: `{${header.parentUuid}}`, format: null };
    this.facts = describe(header, allocatedBlocks);
    this.warnings = warningsOf(header, allocatedBlocks);
  }

  *extents(span: Span): Iterable<Extent> {
    const end = span.start + span.length;
    const { blockBytes } = this.#header;
    let at = span.start;
    while (at < end) {
      const block = Math.floor(at / blockBytes);
      const entry = this.#map.entryAt(block);
      const next = this.#runEnd(block, entry, Math.ceil(end / blockBytes));
      const length = Math.min(end, next * blockBytes) - at;
      if (isAllocated(entry)) {
        const fileOffset = this.#map.dataOffset(entry) + (at - block * blockBytes);
        yield { state: 'stored', start: at, length, source: this.#file, fileOffset };
      } else {
        yield { state: entry === blockZero ? 'zero' : 'absent', start: at, length };
      }
      at += length;
    }
  }

  /** The first block after `block` that does not go on like it. */
  #runEnd(block: number, entry: number, endBlock: number): number {
    let next = block + 1;
    if (!isAllocated(entry)) {
      while (next < endBlock && this.#map.entryAt(next) === entry) next++;
    } else if (this.#header.blockExtraBytes === 0) {
      while (next < endBlock && this.#map.entryAt(next) === entry + (next - block)) next++;
    }
    return next;
  }

  close(): void {
    this.#file.close();
  }
}

function describe(header: Header, allocatedBlocks: number): Fact[] {
  const facts: Fact[] = [
    { label: 'Version', value: header.version },
    { label: 'Block size', value: `${header.blockBytes} bytes` },
    { label: 'Blocks in the file', value: `${allocatedBlocks} of ${header.blockCount}` },
  ];
  if (header.blockExtraBytes > 0) {
    facts.push({ label: 'Extra data per block', value: `${header.blockExtraBytes} bytes` });
  }
  if (header.uuid !== null) facts.push({ label: 'UUID', value: header.uuid });
  if (header.modificationUuid !== null) {
    facts.push({ label: 'Modification UUID', value: header.modificationUuid });
  }
  if (header.parentUuid !== null) facts.push({ label: 'Parent UUID', value: header.parentUuid });
  if (header.parentModificationUuid !== null) {
    facts.push({ label: 'Parent modification UUID', value: header.parentModificationUuid });
  }
  if (header.comment !== '') facts.push({ label: 'Comment', value: header.comment });
  return facts;
}

function warningsOf(header: Header, allocatedBlocks: number): Warning[] {
  const warnings: Warning[] = [];
  if (header.statedAllocatedBlocks !== allocatedBlocks) {
    const message = `The header counts ${header.statedAllocatedBlocks} blocks in the file; the block map has ${allocatedBlocks}.`;
    warnings.push({ code: 'vdi.allocated-count', message });
  }
  return warnings;
}
