/** Reads VHDX images: fixed, dynamic and differencing, with their log replayed first. */
import type { Fact, FileReference, Span, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { DiskReader, Extent, OpenContext } from '../driver.ts';
import { BlockTable } from './block-table.ts';
import { describe } from './facts.ts';
import { findHeader, type FoundHeader } from './headers.ts';
import { blockState, format, guidText, malformedAt } from './layout.ts';
import { replayLog } from './log.ts';
import { readMetadata, type Metadata } from './metadata.ts';
import type { ParentLocator } from './parent-locator.ts';
import { readRegions } from './regions.ts';

/** Opens a VHDX and checks all its structures; a log in use is replayed in memory. @throws Failure `image.*`, `io.*`. */
export function openVhdx(file: ByteSource, context: OpenContext): DiskReader {
  try {
    const header = findHeader(file);
    const { logOffset, logLength } = header.fields;
    const { source, entryCount } = replayLog(file, header);
    const regions = readRegions(source, { start: logOffset, length: logLength });
    const metadata = readMetadata(source, regions.metadata);
    const table = new BlockTable(source, regions, metadata);
    const presentBlocks = table.check(regions);
    return new VhdxReader({ source, header, metadata, table, presentBlocks, replayed: entryCount, context });
  } catch (error) {
    file.close();
    throw error;
  }
}

export interface OpenedImage {
  /** The file, with the log over it. */
  readonly source: ByteSource;
  readonly header: FoundHeader;
  readonly metadata: Metadata;
  readonly table: BlockTable;
  readonly presentBlocks: number;
  /** How many entries of the log were replayed. */
  readonly replayed: number;
  readonly context: OpenContext;
}

class VhdxReader implements DiskReader {
  readonly capacityBytes: number;
  readonly sectorBytes: number;
  readonly variant: string;
  readonly parent: FileReference | null;
  readonly snapshots = [];
  readonly encryption = null;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
  readonly #source: ByteSource;
  readonly #metadata: Metadata;
  readonly #table: BlockTable;
  readonly #parentProblem: Failure | null;

  constructor(image: OpenedImage) {
    const { source, header, metadata, table, replayed, context } = image;
    this.#source = source;
    this.#metadata = metadata;
    this.#table = table;
    this.capacityBytes = metadata.capacityBytes;
    this.sectorBytes = metadata.logicalSectorBytes;
    this.variant =
      metadata.parent !== null ? 'differencing' : metadata.leaveBlocksAllocated ? 'fixed' : 'dynamic';
    this.parent = metadata.parent === null ? null : { name: metadata.parent.name, format };
    this.facts = describe(image);
    this.#parentProblem = metadata.parent === null ? null : compareParent(metadata.parent, context);
    this.warnings = warningsOf(header, replayed, this.#parentProblem);
  }

  extents(span: Span): Iterable<Extent> {
    if (this.#parentProblem !== null) throw this.#parentProblem;
    return this.#joined(span);
  }

  /** The runs of the blocks with those joined that go on alike. */
  *#joined(span: Span): Iterable<Extent> {
    let state: Run['state'] | null = null;
    let start = span.start;
    let length = 0;
    let fileOffset = 0;
    for (const run of this.#runs(span)) {
      const goesOn = state === run.state && (state !== 'stored' || run.fileOffset === fileOffset + length);
      if (!goesOn) {
        if (state !== null) yield this.#extent(state, start, length, fileOffset);
        ({ state, start, fileOffset } = run);
        length = 0;
      }
      length += run.length;
    }
    if (state !== null) yield this.#extent(state, start, length, fileOffset);
  }

  #extent(state: Run['state'], start: number, length: number, fileOffset: number): Extent {
    if (state !== 'stored') return { state, start, length };
    return { state, start, length, source: this.#source, fileOffset };
  }

  *#runs(span: Span): Iterable<Run> {
    const end = span.start + span.length;
    const { blockBytes } = this.#metadata;
    let at = span.start;
    while (at < end) {
      const block = Math.floor(at / blockBytes);
      const offsetInBlock = at - block * blockBytes;
      const available = Math.min(end - at, blockBytes - offsetInBlock);
      const entry = this.#table.blockAt(block);
      const fileOffset = entry.fileOffset + offsetInBlock;
      let length = available;
      let state: Run['state'] = 'zero';
      if (entry.state === blockState.notPresent) state = 'absent';
      else if (entry.state === blockState.fullyPresent) state = 'stored';
      else if (entry.state === blockState.partiallyPresent) {
        const { present, lengthBytes } = this.#sectorRun(block, offsetInBlock, available);
        state = present ? 'stored' : 'absent';
        length = lengthBytes;
      }
      yield { state, start: at, length, fileOffset };
      at += length;
    }
  }

  #sectorRun(
    block: number,
    offsetInBlock: number,
    available: number,
  ): { present: boolean; lengthBytes: number } {
    const { sectorBytes } = this;
    const sector = Math.floor(offsetInBlock / sectorBytes);
    const run = this.#table.sectorRun(block, sector, Math.ceil((offsetInBlock + available) / sectorBytes));
    return { present: run.present, lengthBytes: Math.min(available, run.end * sectorBytes - offsetInBlock) };
  }

  close(): void {
    this.#source.close();
  }
}

interface Run extends Span {
  readonly state: 'stored' | 'zero' | 'absent';
  readonly fileOffset: number;
}

/** What is wrong with the parent for this image; one that cannot be opened is told when it is needed. */
function compareParent(locator: ParentLocator, context: OpenContext): Failure | null {
  let parent: ByteSource | null = null;
  try {
    parent = context.openReference({ name: locator.name, format });
    const { fields } = findHeader(parent);
    const guid = guidText(fields.dataWriteGuid);
    if (locator.linkages.includes(guid)) return null;
    const problem = `${locator.name} was last written as ${guid}, not as ${locator.linkages.join(' or ')}`;
    return malformedAt('parent locator', 'parent_linkage', 0, problem);
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  } finally {
    parent?.close();
  }
}

function warningsOf(header: FoundHeader, replayed: number, parentProblem: Failure | null): Warning[] {
  const warnings: Warning[] = [];
  if (replayed > 0) {
    const message = `The image was not closed cleanly: ${replayed} entries of its log were replayed in memory; the file is as it was.`;
    warnings.push({ code: 'vhdx.log-replayed', message });
  }
  if (header.alone) {
    warnings.push({
      code: 'vhdx.header-damaged',
      message: 'One of the two headers is damaged; the other one was used.',
    });
  }
  if (parentProblem !== null) {
    const message =
      'The parent was written after this image was made for it: together they hold no sensible disk.';
    warnings.push({ code: 'vhdx.wrong-parent', message });
  }
  return warnings;
}
