/** Reads VDI images: which blocks are stored, which are zeros, and which belong to the parent. */
import type { Fact, FileReference, Span, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { formatBytes } from '#shared/text/units.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { blockExtents } from '../block-extents.ts';
import type { DiskReader, Extent, OpenContext } from '../driver.ts';
import { otherUuid } from '../uuids.ts';
import { BlockMap } from './block-map.ts';
import { isAllocated, readHeader, type Header } from './header.ts';
import { blockZero, format, sectorBytes } from './layout.ts';

/** Opens a VDI image and checks its header and block map. @throws Failure `image.*`, `io.*`. */
export function openVdi(file: ByteSource, context: OpenContext): DiskReader {
  try {
    const header = readHeader(file);
    const map = new BlockMap(file, header);
    const { allocatedBlocks } = map.walk(({ failure }) => {
      throw failure();
    });
    return new VdiReader(file, header, map, allocatedBlocks, parentOf(header, context));
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
  readonly identity: string | null;
  readonly #file: ByteSource;
  readonly #header: Header;
  readonly #map: BlockMap;

  constructor(
    file: ByteSource,
    header: Header,
    map: BlockMap,
    allocatedBlocks: number,
    parent: FileReference | null,
  ) {
    this.#file = file;
    this.#header = header;
    this.#map = map;
    this.capacityBytes = header.capacityBytes;
    this.variant = header.variant;
    this.identity = header.uuid;
    this.parent = parent;
    this.facts = describe(header, allocatedBlocks);
    this.warnings = warningsOf(header, allocatedBlocks);
  }

  extents(span: Span): Iterable<Extent> {
    return blockExtents(span, this.#header.blockBytes, this.#file, (block, offsetInBlock, lengthBytes) => {
      const entry = this.#map.entryAt(block);
      if (!isAllocated(entry)) {
        return { state: entry === blockZero ? 'zero' : 'absent', lengthBytes, fileOffset: 0 };
      }
      return { state: 'stored', lengthBytes, fileOffset: this.#map.dataOffset(entry) + offsetInBlock };
    });
  }

  /** VirtualBox gives a parent a new modification UUID when it is written after the image was made for it. */
  checkParent(parent: DiskReader): void {
    const header = parent instanceof VdiReader ? parent.#header : null;
    const problem = linkProblem(this.#header, header);
    if (problem === null) return;
    throw new Failure('image.parent-mismatch', {
      path: this.#file.path,
      parent: this.parent?.name ?? '',
      problem,
    });
  }

  close(): void {
    this.#file.close();
  }
}

/** Why `parent` is not what the image was made for; null when it is. */
function linkProblem(child: Header, parent: Header | null): Message | null {
  if (child.parentUuid !== null && parent?.uuid !== child.parentUuid)
    return otherUuid(parent?.uuid ?? null, child.parentUuid);
  const expected = child.parentModificationUuid;
  const uuid = parent?.modificationUuid ?? null;
  // Header version 0.1 records none.
  if (expected === null || uuid === expected) return null;
  return uuid === null
    ? inEnglish('it has no modification UUID, and {expected} is wanted: it may have been written since', {
        expected,
      })
    : inEnglish(
        'it was written after this image was made for it: its modification UUID is {uuid}, not {expected}',
        { uuid, expected },
      );
}

/**
 * VirtualBox finds the parent among its registered media, since the image has no name for it: here it is looked for
 * beside the image, of several copies the one that was not written since.
 */
function parentOf(header: Header, context: OpenContext): FileReference | null {
  if (header.parentUuid === null) return null;
  const find = (matches: (candidate: Header) => boolean): string | null =>
    context.findBeside?.((file) => {
      const candidate = headerOrNull(file);
      return candidate !== null && matches(candidate);
    }) ?? null;
  const name =
    find((candidate) => linkProblem(header, candidate) === null) ??
    find((candidate) => candidate.uuid === header.parentUuid);
  return { name: name ?? `{${header.parentUuid}}`, format };
}

function headerOrNull(file: ByteSource): Header | null {
  try {
    return readHeader(file);
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

function describe(header: Header, allocatedBlocks: number): Fact[] {
  const facts: Fact[] = [
    { label: inEnglish('Version'), value: header.version },
    { label: inEnglish('Block size'), value: formatBytes(header.blockBytes) },
    {
      label: inEnglish('Blocks in the file'),
      value: inEnglish('{count} of {total}', { count: allocatedBlocks, total: header.blockCount }),
    },
  ];
  if (header.blockExtraBytes > 0) {
    facts.push({ label: inEnglish('Extra data per block'), value: formatBytes(header.blockExtraBytes) });
  }
  const identifiers = [
    ['UUID', header.uuid],
    [inEnglish('Modification UUID'), header.modificationUuid],
    [inEnglish('Parent UUID'), header.parentUuid],
    [inEnglish('Parent modification UUID'), header.parentModificationUuid],
  ] as const;
  for (const [label, value] of identifiers) if (value !== null) facts.push({ label, value });
  if (header.comment !== '') facts.push({ label: inEnglish('Comment'), value: header.comment });
  return facts;
}

function warningsOf(header: Header, allocatedBlocks: number): Warning[] {
  const warnings: Warning[] = [];
  if (header.statedAllocatedBlocks !== allocatedBlocks) {
    const message = inEnglish(
      'The header counts {statedAllocatedBlocks} blocks in the file; the block map has {allocatedBlocks}.',
      { statedAllocatedBlocks: header.statedAllocatedBlocks, allocatedBlocks },
    );
    warnings.push({ code: 'vdi.allocated-count', message });
  }
  return warnings;
}
