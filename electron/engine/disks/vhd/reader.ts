/** Reads VHDs: fixed, dynamic and differencing. */
import type { Fact, FileReference, Span, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { requireWithin, type ByteSource } from '../../bytes/source.ts';
import type { DiskReader, Extent, OpenContext } from '../driver.ts';
import { BlockTable, readSparseHeader, type SparseHeader } from './block-table.ts';
import { describeFooter, describeSparse, warningsOf } from './facts.ts';
import { diskSize, findFooter, type FoundFooter } from './footer.ts';
import { diskType, dynamicHeader, footer, format, sectorBytes, uuidText } from './layout.ts';
import { preferredName, readParentNames, type ParentNames } from './parent-locators.ts';

/**
 * Opens a VHD and checks its footer, header and block allocation table.
 * @throws Failure `image.*`, `io.*`.
 */
export function openVhd(file: ByteSource, context: OpenContext): DiskReader {
  try {
    const found = findFooter(file);
    switch (found.fields.diskType) {
      case diskType.fixed:
        return new FixedReader(file, found);
      case diskType.dynamic:
      case diskType.differencing:
        return openSparse(file, found, context);
      default:
        throw footer.malformed('diskType', `there is no type ${found.fields.diskType}`, found.dataEnd);
    }
  } catch (error) {
    file.close();
    throw error;
  }
}

class FixedReader implements DiskReader {
  readonly capacityBytes: number;
  readonly sectorBytes = sectorBytes;
  readonly variant = 'fixed';
  readonly parent = null;
  readonly snapshots = [];
  readonly encryption = null;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
  readonly #file: ByteSource;

  constructor(file: ByteSource, found: FoundFooter) {
    this.#file = file;
    this.capacityBytes = diskSize(found.fields).capacityBytes;
    // The footer must not be taken for the disk's end.
    requireWithin(file, 0, this.capacityBytes + (file.sizeBytes - found.dataEnd));
    this.facts = describeFooter(found.fields);
    this.warnings = warningsOf(found);
  }

  *extents(span: Span): Iterable<Extent> {
    for (const { start, length, hole } of this.#file.runs(span)) {
      if (hole) yield { state: 'zero', start, length };
      else yield { state: 'stored', start, length, source: this.#file, fileOffset: start };
    }
  }

  close(): void {
    this.#file.close();
  }
}

function openSparse(file: ByteSource, found: FoundFooter, context: OpenContext): DiskReader {
  const { fields } = found;
  const { capacityBytes } = diskSize(fields);
  const header = readSparseHeader(file, fields.dataOffset, capacityBytes);
  const isXen = fields.creatorApplication.startsWith('tap');
  const table = new BlockTable(file, header, capacityBytes, isXen);
  const names = fields.diskType === diskType.differencing ? readParentNames(file, header.fileOffset) : null;
  return new SparseReader({ file, found, header, table, names, capacityBytes, context });
}

interface SparseImage {
  readonly file: ByteSource;
  readonly found: FoundFooter;
  readonly header: SparseHeader;
  readonly table: BlockTable;
  /** Null where there is no parent. */
  readonly names: ParentNames | null;
  readonly capacityBytes: number;
  readonly context: OpenContext;
}

class SparseReader implements DiskReader {
  readonly capacityBytes: number;
  readonly sectorBytes = sectorBytes;
  readonly variant: string;
  readonly parent: FileReference | null;
  readonly snapshots = [];
  readonly encryption = null;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
  readonly #file: ByteSource;
  readonly #header: SparseHeader;
  readonly #table: BlockTable;
  readonly #parentProblem: Failure | null;

  constructor({ file, found, header, table, names, capacityBytes, context }: SparseImage) {
    this.#file = file;
    this.#header = header;
    this.#table = table;
    this.capacityBytes = capacityBytes;
    this.variant = names === null ? 'dynamic' : 'differencing';
    this.parent = names === null ? null : { name: requireName(names, header), format };
    this.facts = [...describeFooter(found.fields), ...describeSparse(header, table, names)];
    const identity = this.parent === null ? null : compareParent(this.parent, header, context);
    this.#parentProblem = identity?.problem ?? null;
    this.warnings = [...warningsOf(found), ...(identity?.warnings ?? [])];
  }

  extents(span: Span): Iterable<Extent> {
    if (this.#parentProblem !== null) throw this.#parentProblem;
    return this.#joined(span);
  }

  /** The runs with absent ones joined; between stored ones of two blocks there is always a bitmap. */
  *#joined(span: Span): Iterable<Extent> {
    let absent = null as Span | null;
    for (const run of this.#runs(span)) {
      if (run.state === 'absent') {
        absent = { start: absent?.start ?? run.start, length: (absent?.length ?? 0) + run.length };
        continue;
      }
      if (absent !== null) yield { state: 'absent', ...absent };
      absent = null;
      yield run;
    }
    if (absent !== null) yield { state: 'absent', ...absent };
  }

  *#runs(span: Span): Iterable<Extent> {
    const end = span.start + span.length;
    const { blockBytes } = this.#header;
    let at = span.start;
    while (at < end) {
      const block = Math.floor(at / blockBytes);
      const blockStart = block * blockBytes;
      if (!this.#table.isAllocated(block)) {
        const length = Math.min(end, blockStart + blockBytes) - at;
        yield { state: 'absent', start: at, length };
        at += length;
        continue;
      }
      const runEnd = Math.min(end, blockStart + blockBytes) - blockStart;
      const sector = Math.floor((at - blockStart) / sectorBytes);
      const run = this.#table.sectorRun(block, sector, Math.ceil(runEnd / sectorBytes));
      const length = Math.min(runEnd, run.end * sectorBytes) - (at - blockStart);
      if (run.present) {
        const fileOffset = this.#table.dataOffset(block) + (at - blockStart);
        yield { state: 'stored', start: at, length, source: this.#file, fileOffset };
      } else {
        // Never written: the parent's, or zeros.
        yield { state: 'absent', start: at, length };
      }
      at += length;
    }
  }

  close(): void {
    this.#file.close();
  }
}

function requireName(names: ParentNames, header: SparseHeader): string {
  const name = preferredName(names);
  if (name !== null) return name;
  throw dynamicHeader.malformed(
    'parentUnicodeName',
    'a differencing disk names no parent',
    header.fileOffset,
  );
}

/** Whether the parent is the one that the image was made for. A parent that cannot be opened is told when it is needed. */
function compareParent(
  reference: FileReference,
  header: SparseHeader,
  context: OpenContext,
): { readonly problem: Failure | null; readonly warnings: readonly Warning[] } {
  const { parentUniqueId, parentTimeStamp } = header.fields;
  let parent: ByteSource | null = null;
  try {
    parent = context.openReference(reference);
    const { fields } = findFooter(parent);
    if (Buffer.compare(fields.uniqueId, parentUniqueId) !== 0) {
      const problem = `${reference.name} has the unique ID ${uuidText(fields.uniqueId)}, not ${uuidText(parentUniqueId)}`;
      const failure = dynamicHeader.malformed('parentUniqueId', problem, header.fileOffset);
      return { problem: failure, warnings: [{ code: 'vhd.wrong-parent', message: `${problem}.` }] };
    }
    if (fields.timeStamp === parentTimeStamp) return { problem: null, warnings: [] };
    const message = `${reference.name} was written again after this image was made for it.`;
    return { problem: null, warnings: [{ code: 'vhd.parent-changed', message }] };
  } catch (error) {
    if (error instanceof Failure) return { problem: null, warnings: [] };
    throw error;
  } finally {
    parent?.close();
  }
}
