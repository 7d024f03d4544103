/** Reads VHDX images: fixed, dynamic and differencing, with their log replayed first. */
import type { OptionValues } from '#shared/domain/conversion.ts';
import type { Fact, FileReference, Span, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, asValue } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { blockExtents, type BlockPiece } from '../block-extents.ts';
import type { DiskReader, Extent } from '../driver.ts';
import { guidText } from '../uuids.ts';
import { BlockTable } from './block-table.ts';
import { describe } from './facts.ts';
import { findHeader, type FoundHeader } from './headers.ts';
import { blockState, format } from './layout.ts';
import type { LogOverlay } from './log-overlay.ts';
import { replayLog } from './log.ts';
import { readMetadata, type Metadata } from './metadata.ts';
import { readRegions, type Regions } from './regions.ts';

/** Opens a VHDX and checks all its structures; a log in use is replayed in memory. @throws Failure `image.*`, `io.*`. */
export function openVhdx(file: ByteSource): DiskReader {
  try {
    const image = readImage(file);
    const { presentBlocks } = image.table.check(image.regions, ({ failure }) => {
      throw failure();
    });
    return new VhdxReader({ ...image, presentBlocks });
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * The name of a differencing disk's parent; null for any other. Does not close `file`. Parents are named when an image is
 * made: what is in the log does not matter here. @throws Failure `image.*`.
 */
export function parentNameOf(file: ByteSource): string | null {
  const { logOffset, logLength } = findHeader(file).fields;
  const regions = readRegions(file, { start: logOffset, length: logLength });
  return readMetadata(file, regions.metadata).parent?.name ?? null;
}

/** An image whose structures were read, but whose blocks were not looked at yet. */
export interface ReadImage {
  /** The file, with the log over it. */
  readonly source: ByteSource;
  readonly header: FoundHeader;
  readonly regions: Regions;
  readonly metadata: Metadata;
  readonly table: BlockTable;
  /** How many entries of the log were replayed. */
  readonly replayed: number;
  readonly overlay: LogOverlay | null;
}

/** Reads everything but the blocks. @throws Failure `image.*`, `io.*`. */
export function readImage(file: ByteSource): ReadImage {
  const header = findHeader(file);
  const { logOffset, logLength } = header.fields;
  const { source, entryCount, overlay } = replayLog(file, header);
  const regions = readRegions(source, { start: logOffset, length: logLength });
  const metadata = readMetadata(source, regions.metadata);
  const table = new BlockTable(source, regions, metadata);
  return { source, header, regions, metadata, table, replayed: entryCount, overlay };
}

interface OpenedImage extends ReadImage {
  readonly presentBlocks: number;
}

class VhdxReader implements DiskReader {
  readonly capacityBytes: number;
  readonly sectorBytes: number;
  readonly variant: string;
  readonly parent: FileReference | null;
  readonly snapshots = [];
  readonly encryption = null;
  readonly facts: readonly Fact[];
  readonly options: OptionValues;
  readonly warnings: readonly Warning[];
  readonly identity: string;
  readonly #source: ByteSource;
  readonly #metadata: Metadata;
  readonly #table: BlockTable;

  constructor(image: OpenedImage) {
    const { source, header, metadata, table, replayed } = image;
    this.#source = source;
    this.#metadata = metadata;
    this.#table = table;
    this.capacityBytes = metadata.capacityBytes;
    this.sectorBytes = metadata.logicalSectorBytes;
    this.variant =
      metadata.parent !== null ? 'differencing' : metadata.leaveBlocksAllocated ? 'fixed' : 'dynamic';
    this.parent = metadata.parent === null ? null : { name: metadata.parent.name, format };
    this.identity = guidText(header.fields.dataWriteGuid);
    this.facts = describe(image);
    this.options = {
      block_size: metadata.blockBytes,
      logical_sector_size: String(metadata.logicalSectorBytes),
    };
    this.warnings = warningsOf(header, replayed);
  }

  extents(span: Span): Iterable<Extent> {
    const { blockBytes } = this.#metadata;
    return blockExtents(span, blockBytes, this.#source, (block, offsetInBlock, lengthBytes) => {
      const entry = this.#table.blockAt(block);
      const fileOffset = entry.fileOffset + offsetInBlock;
      switch (entry.state) {
        case blockState.notPresent:
          return { state: 'absent', lengthBytes, fileOffset };
        case blockState.fullyPresent:
          return { state: 'stored', lengthBytes, fileOffset };
        case blockState.partiallyPresent:
          return this.#partialPiece(block, offsetInBlock, lengthBytes, fileOffset);
        default:
          return { state: 'zero', lengthBytes, fileOffset };
      }
    });
  }

  #partialPiece(
    block: number,
    offsetInBlock: number,
    availableBytes: number,
    fileOffset: number,
  ): BlockPiece {
    const { sectorBytes } = this;
    const sector = Math.floor(offsetInBlock / sectorBytes);
    const run = this.#table.sectorRun(
      block,
      sector,
      Math.ceil((offsetInBlock + availableBytes) / sectorBytes),
    );
    const lengthBytes = Math.min(availableBytes, run.end * sectorBytes - offsetInBlock);
    return { state: run.isSet ? 'stored' : 'absent', lengthBytes, fileOffset };
  }

  /** A parent gets a new DataWriteGuid before it is written ([MS-VHDX] 2.2.2, 2.6.2.6.3). */
  checkParent(parent: DiskReader): void {
    const { parent: locator } = this.#metadata;
    if (locator === null || locator.linkages.includes(parent.identity ?? '')) return;
    const problem = inEnglish('it was last written as {identity}, not as {linkages}', {
      identity: parent.identity ?? asValue(inEnglish('something else')),
      linkages: locator.linkages.join(' or '),
    });
    throw new Failure('image.parent-mismatch', { path: this.#source.path, parent: locator.name, problem });
  }

  close(): void {
    this.#source.close();
  }
}

function warningsOf(header: FoundHeader, replayed: number): Warning[] {
  const warnings: Warning[] = [];
  if (replayed > 0) {
    const message = inEnglish(
      'The image was not closed cleanly: {replayed} entries of its log were replayed in memory; the file is as it was.',
      { replayed },
    );
    warnings.push({ code: 'vhdx.log-replayed', message });
  }
  if (header.alone) {
    warnings.push({
      code: 'vhdx.header-damaged',
      message: inEnglish('One of the two headers is damaged; the other one was used.'),
    });
  }
  return warnings;
}
