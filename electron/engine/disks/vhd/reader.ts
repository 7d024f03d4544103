/** Reads VHDs: fixed, dynamic and differencing. */
import type { Fact, FileReference, Span, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, asValue } from '#shared/in-english.ts';
import { requireWithin, type ByteSource } from '../../bytes/source.ts';
import { blockExtents } from '../block-extents.ts';
import type { DiskReader, Extent } from '../driver.ts';
import { isNullUuid, uuidText } from '../uuids.ts';
import { BlockTable } from './block-table.ts';
import { describeFooter, describeSparse, timeText, warningsOf } from './facts.ts';
import { diskSize, findFooter, isXen, type FooterFields, type FoundFooter } from './footer.ts';
import { diskType, dynamicHeader, footer, format, sectorBytes } from './layout.ts';
import { preferredName, readParentNames, type ParentNames } from './parent-locators.ts';
import { readSparseHeader, type SparseHeader } from './sparse-header.ts';

/**
 * Opens a VHD and checks its footer, header and block allocation table.
 * @throws Failure `image.*`, `io.*`.
 */
export function openVhd(file: ByteSource): DiskReader {
  try {
    const found = findFooter(file);
    switch (found.fields.diskType) {
      case diskType.fixed:
        return new FixedReader(file, found);
      case diskType.dynamic:
      case diskType.differencing:
        return openSparse(file, found);
      default:
        throw footer.malformed(
          'diskType',
          inEnglish('there is no type {diskType}', { diskType: found.fields.diskType }),
          found.dataEnd,
        );
    }
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The name of a differencing disk's parent; null for any other. Does not close `file`. @throws Failure `image.*`. */
export function parentNameOf(file: ByteSource): string | null {
  const found = findFooter(file);
  if (found.fields.diskType !== diskType.differencing) return null;
  const header = readSparseHeader(file, found.fields.dataOffset, diskSize(found.fields).capacityBytes);
  return requireName(readParentNames(file, header.fileOffset), header);
}

/** What the footer says of every VHD. */
abstract class VhdReader {
  readonly sectorBytes = sectorBytes;
  readonly snapshots = [];
  readonly encryption = null;
  readonly capacityBytes: number;
  readonly identity: string;
  readonly footerFields: FooterFields;
  readonly file: ByteSource;

  constructor(file: ByteSource, { fields }: FoundFooter) {
    this.file = file;
    this.footerFields = fields;
    this.capacityBytes = diskSize(fields).capacityBytes;
    this.identity = uuidText(fields.uniqueId);
  }

  close(): void {
    this.file.close();
  }
}

class FixedReader extends VhdReader implements DiskReader {
  readonly variant = 'fixed';
  readonly parent = null;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];

  constructor(file: ByteSource, found: FoundFooter) {
    super(file, found);
    // The footer must not be taken for the disk's end.
    requireWithin(file, 0, this.capacityBytes + (file.sizeBytes - found.dataEnd));
    this.facts = describeFooter(found.fields);
    this.warnings = warningsOf(found);
  }

  *extents(span: Span): Iterable<Extent> {
    for (const { start, length, hole } of this.file.runs(span)) {
      if (hole) yield { state: 'zero', start, length };
      else yield { state: 'stored', start, length, source: this.file, fileOffset: start };
    }
  }
}

function openSparse(file: ByteSource, found: FoundFooter): DiskReader {
  const { fields, dataEnd } = found;
  const { capacityBytes } = diskSize(fields);
  const header = readSparseHeader(file, fields.dataOffset, capacityBytes);
  const table = new BlockTable(file, header, { capacityBytes, dataEnd }, fields);
  table.check(({ failure }) => {
    throw failure();
  });
  const names = fields.diskType === diskType.differencing ? readParentNames(file, header.fileOffset) : null;
  return new SparseReader({ file, found, header, table, names });
}

interface SparseImage {
  readonly file: ByteSource;
  readonly found: FoundFooter;
  readonly header: SparseHeader;
  readonly table: BlockTable;
  /** Null where there is no parent. */
  readonly names: ParentNames | null;
}

class SparseReader extends VhdReader implements DiskReader {
  readonly variant: string;
  readonly parent: FileReference | null;
  readonly facts: readonly Fact[];
  readonly #warnings: Warning[];
  readonly #header: SparseHeader;
  readonly #table: BlockTable;

  constructor({ file, found, header, table, names }: SparseImage) {
    super(file, found);
    this.#header = header;
    this.#table = table;
    this.variant = names === null ? 'dynamic' : 'differencing';
    this.parent =
      names === null
        ? null
        : { name: requireName(names, header), format: hasRawParent(found, header) ? 'raw' : format };
    this.facts = [...describeFooter(found.fields), ...describeSparse(header, table, names)];
    this.#warnings = warningsOf(found);
  }

  get warnings(): readonly Warning[] {
    return this.#warnings;
  }

  extents(span: Span): Iterable<Extent> {
    return blockExtents(span, this.#header.blockBytes, this.file, (block, offsetInBlock, availableBytes) => {
      if (!this.#table.isAllocated(block)) {
        return { state: 'absent', lengthBytes: availableBytes, fileOffset: 0 };
      }
      const sector = Math.floor(offsetInBlock / sectorBytes);
      const endSector = Math.ceil((offsetInBlock + availableBytes) / sectorBytes);
      const run = this.#table.sectorRun(block, sector, endSector);
      return {
        // Never written: the parent's, or zeros.
        state: run.isSet ? 'stored' : 'absent',
        lengthBytes: Math.min(availableBytes, run.end * sectorBytes - offsetInBlock),
        fileOffset: this.#table.dataOffset(block) + offsetInBlock,
      };
    });
  }

  /**
   * The unique ID decides. Of the time stamp programs mean different things (that of the parent's footer, or when its file
   * was written), so that another one is no more than a warning.
   */
  checkParent(parent: DiskReader): void {
    // A raw disk has no identity to compare.
    if (this.parent?.format !== format) return;
    const { parentUniqueId, parentTimeStamp } = this.#header.fields;
    const { name } = this.parent;
    const expected = uuidText(parentUniqueId);
    if (parent.identity !== expected) {
      const problem = inEnglish('its unique ID is {identity}, not {expected}', {
        identity: parent.identity ?? asValue(inEnglish('missing')),
        expected,
      });
      throw new Failure('image.parent-mismatch', { path: this.file.path, parent: name, problem });
    }
    const timeStamp = parent instanceof VhdReader ? parent.footerFields.timeStamp : parentTimeStamp;
    if (timeStamp === parentTimeStamp || this.#warnings.some(({ code }) => code === parentChanged)) return;
    const message = inEnglish(
      '{name} may have been written after this image was made for it: its time stamp is {timeStamp}, and the one noted here {parentTimeStamp}.',
      { name, timeStamp: timeText(timeStamp), parentTimeStamp: timeText(parentTimeStamp) },
    );
    this.#warnings.push({ code: parentChanged, message });
  }
}

/** XenServer's way to say that the parent is no VHD: a unique ID of zeros (blktap's vhd_parent_raw). */
function hasRawParent({ fields }: FoundFooter, header: SparseHeader): boolean {
  return isXen(fields) && isNullUuid(header.fields.parentUniqueId);
}

const parentChanged = 'vhd.parent-changed';

function requireName(names: ParentNames, header: SparseHeader): string {
  const name = preferredName(names);
  if (name !== null) return name;
  throw dynamicHeader.malformed(
    'parentUnicodeName',
    inEnglish('a differencing disk names no parent'),
    header.fileOffset,
  );
}
