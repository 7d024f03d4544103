/** Grain directories and grain tables of hosted sparse extents ("Hosted Sparse Extents", "Grain Directory", "Grain Table"). */
import type { Span, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { isZero } from '../../bytes/zeros.ts';
import { DirectoryPages } from './directory-pages.ts';
import { KnownHole } from './known-hole.ts';
import {
  grainAbsent,
  grainZeroed,
  malformed,
  markerGrainTable,
  metadataMarker,
  sectorBytes,
} from './layout.ts';
import { TableCache } from './table-cache.ts';

/** Where the grains of one table are: file offsets in bytes, or 0 (absent) or 1 (zeros). Null: all are absent. */
export type GrainTable = Float64Array | null;

/** Which grain is where. Grains and tables are counted from the start of the extent. */
export interface GrainDirectory {
  readonly grainBytes: number;
  readonly grainsPerTable: number;
  /** The table with that number. @throws Failure `image.malformed`, `image.truncated`. */
  table(index: number): GrainTable;
  /** The first table from `index` on that exists; `end` when none before it does. */
  nextTable(index: number, end: number): number;
}

/** What the header says of an extent's tables. File offsets in bytes. */
export interface GrainDirectoryShape {
  readonly grainBytes: number;
  readonly grainsPerTable: number;
  readonly grainCount: number;
  /** The grain directory that is read, and a second one that must agree with it where there is one. */
  readonly directoryOffset: number;
  readonly redundantOffset: number | null;
  /** Spans of the file that hold other structures: no grain and no table can be there. */
  readonly reserved: readonly Span[];
  /** Whether each table follows its own marker, as in an extent with a footer. */
  readonly marked: boolean;
  /** Whether an entry of 1 means zeros. */
  readonly zeroedGrains: boolean;
}

const entryBytes = 4;
/** What is read at once when tables are taken one after the other and lie so. */
const batchBytes = 64 << 10;
const cachedTableBytes = 4 << 20;

/** A grain directory of 32-bit entries, and its tables as a walk gets to them. */
export class PagedGrainDirectory implements GrainDirectory {
  readonly grainBytes: number;
  readonly grainsPerTable: number;
  readonly #source: ByteSource;
  readonly #shape: GrainDirectoryShape;
  readonly #warnings: Warning[];
  readonly #pages: DirectoryPages;
  readonly #hole: KnownHole;
  readonly #redundantHole: KnownHole;
  readonly #tables: TableCache<GrainTable>;
  readonly #tableSectors: number;
  readonly #maximumBatch: number;
  #previous = -2;

  constructor(source: ByteSource, shape: GrainDirectoryShape, warnings: Warning[]) {
    this.grainBytes = shape.grainBytes;
    this.grainsPerTable = shape.grainsPerTable;
    this.#source = source;
    this.#shape = shape;
    this.#warnings = warnings;
    const tableCount = Math.ceil(shape.grainCount / shape.grainsPerTable);
    this.#pages = new DirectoryPages(source, tableCount, shape.directoryOffset, shape.redundantOffset);
    this.#hole = new KnownHole(source);
    this.#redundantHole = new KnownHole(source);
    const tableBytes = shape.grainsPerTable * entryBytes;
    this.#tableSectors = Math.ceil(tableBytes / sectorBytes);
    this.#maximumBatch = Math.max(1, Math.floor(batchBytes / tableBytes));
    this.#tables = new TableCache(
      Math.max(this.#maximumBatch, Math.floor(cachedTableBytes / (2 * tableBytes))),
    );
  }

  nextTable(index: number, end: number): number {
    return this.#pages.nextTable(index, end);
  }

  table(index: number): GrainTable {
    const cached = this.#tables.get(index);
    if (cached !== undefined) return cached;
    if (this.#isHole(index)) return null;
    const batch = index === this.#previous + 1 ? this.#maximumBatch : 1;
    this.#readTables(index, batch);
    return this.#tables.get(index)!;
  }

  /** Disks are made with all their tables, which in a file of holes are holes until something is written. */
  #isHole(index: number): boolean {
    const primary = this.#pages.entry(index);
    const redundant = this.#pages.redundantEntry(index);
    if (this.#shape.marked || this.#readable(index, 1, primary) === null) return false;
    const length = this.#tablesBytes(index, 1);
    if (!this.#hole.covers(primary * sectorBytes, length)) return false;
    return redundant === null || this.#redundantHole.covers(redundant * sectorBytes, length);
  }

  /** Reads the table with that number and as many after it, up to `batch` in all, as lie behind one another. */
  #readTables(index: number, batch: number): void {
    const primary = this.#pages.entry(index);
    const redundant = this.#pages.redundantEntry(index);
    if (primary === 0 && (redundant === null || redundant === 0)) {
      this.#previous = index;
      this.#tables.set(index, null);
      return;
    }
    const count = this.#contiguous(index, batch, primary, redundant);
    // Damage in a later table must not show before that table is asked for.
    const several = count > 1 ? this.#agreeingTables(index, count, primary, redundant) : null;
    const bytes = several ?? this.#checkedTable(index, primary, redundant);
    this.#tables.set(index, this.#decode(index, bytes, 0));
    this.#previous = index;
    if (several !== null) this.#keepFollowing(index, count, several);
  }

  #keepFollowing(index: number, count: number, bytes: Uint8Array): void {
    const stride = this.#tableSectors * sectorBytes;
    for (let at = 1; at < count; at++) {
      try {
        this.#tables.set(index + at, this.#decode(index + at, bytes, at * stride));
      } catch {
        // It will be read again, and refused, when it is asked for.
        return;
      }
      this.#previous = index + at;
    }
  }

  #contiguous(index: number, batch: number, primary: number, redundant: number | null): number {
    const stride = this.#tableSectors;
    let count = 1;
    while (count < batch && index + count < this.#pages.tableCount) {
      if (this.#pages.entry(index + count) !== primary + count * stride) break;
      if (redundant !== null && this.#pages.redundantEntry(index + count) !== redundant + count * stride)
        break;
      count++;
    }
    return count;
  }

  /** The bytes of `count` tables where nothing is wrong with any of them, else null. */
  #agreeingTables(
    index: number,
    count: number,
    primary: number,
    redundant: number | null,
  ): Uint8Array | null {
    const first = this.#readable(index, count, primary);
    if (first === null || this.#shape.marked) return null;
    const bytes = this.#read(first);
    if (redundant === null || redundant === primary) return bytes;
    const second = this.#readable(index, count, redundant);
    return second !== null && Buffer.compare(bytes, this.#read(second)) === 0 ? bytes : null;
  }

  /** The bytes of one table: of the copy that can be read; where both can, they must be equal. */
  #checkedTable(index: number, primary: number, redundant: number | null): Uint8Array {
    if (redundant !== null && (primary === 0) !== (redundant === 0)) {
      throw this.#wrongEntry(index, inEnglish('the redundant copy says otherwise whether there is a table'));
    }
    const first = this.#readable(index, 1, primary);
    const second = redundant === null || redundant === primary ? null : this.#readable(index, 1, redundant);
    if (first === null) {
      if (second === null) throw this.#unreadable(index, primary);
      this.#warn('grain table', index);
      return this.#read(second);
    }
    if (this.#shape.marked) this.#requireMarker(index, primary);
    const bytes = this.#read(first);
    if (second !== null && Buffer.compare(bytes, this.#read(second)) !== 0) {
      throw malformed(
        'grain table',
        `table ${index}`,
        first.start,
        inEnglish('it differs from its redundant copy'),
      );
    }
    if (second === null && redundant !== null && redundant !== primary) {
      this.#warn('redundant grain table', index);
    }
    return bytes;
  }

  /** Where `count` tables from that sector on are, or null when they cannot be there. */
  #readable(index: number, count: number, sector: number): Span | null {
    const start = sector * sectorBytes;
    const length = this.#tablesBytes(index, count);
    if (start + length > this.#source.sizeBytes || this.#overlapsReserved(start, length)) return null;
    return { start, length };
  }

  /** The last table is read as far as it has entries of use. */
  #tablesBytes(index: number, count: number): number {
    const stride = this.#tableSectors * sectorBytes;
    return (count - 1) * stride + this.#entriesOf(index + count - 1) * entryBytes;
  }

  #entriesOf(index: number): number {
    return Math.min(this.grainsPerTable, this.#shape.grainCount - index * this.grainsPerTable);
  }

  #unreadable(index: number, sector: number): Failure {
    const start = sector * sectorBytes;
    const length = this.#tablesBytes(index, 1);
    if (this.#overlapsReserved(start, length)) {
      return this.#wrongEntry(index, inEnglish('sector {sector} holds other metadata', { sector }));
    }
    const { path, sizeBytes } = this.#source;
    return new Failure('image.truncated', { path, neededBytes: start + length, actualBytes: sizeBytes });
  }

  #wrongEntry(index: number, problem: Message): Failure {
    const fileOffset = this.#pages.fileOffsetOf(index);
    return malformed('grain directory', `entry ${index}`, fileOffset, problem);
  }

  #read(span: Span): Uint8Array {
    const bytes = new Uint8Array(span.length);
    this.#source.read(span.start, bytes);
    return bytes;
  }

  /** A marker precedes the table, or the table before it does: some writers have one marker for all. */
  #requireMarker(index: number, sector: number): void {
    const follows = index > 0 && this.#pages.entry(index - 1) + this.#tableSectors === sector;
    if (this.#isMarker(sector - 1) || (follows && !this.#isMarker(sector))) return;
    const fileOffset = (sector - 1) * sectorBytes;
    throw metadataMarker.malformed(
      'type',
      inEnglish('no grain table marker precedes table {index}', { index }),
      fileOffset,
    );
  }

  #isMarker(sector: number): boolean {
    const { size, type } = metadataMarker.read(this.#source, sector * sectorBytes);
    return size === 0 && type === markerGrainTable;
  }

  #decode(index: number, bytes: Uint8Array, at: number): GrainTable {
    const entries = this.#entriesOf(index);
    const part = bytes.subarray(at, at + entries * entryBytes);
    if (isZero(part)) return null;
    const view = new DataView(part.buffer, part.byteOffset, part.length);
    const table = new Float64Array(entries);
    for (let entry = 0; entry < entries; entry++) {
      const sector = view.getUint32(entry * entryBytes, true);
      const plain = sector === grainAbsent || (sector === grainZeroed && this.#shape.zeroedGrains);
      table[entry] = plain ? sector : this.#grainOffset(index, entry, sector);
    }
    return table;
  }

  #grainOffset(index: number, entry: number, sector: number): number {
    const fileOffset = sector * sectorBytes;
    const own = this.#pages.entry(index) * sectorBytes;
    const tableBytes = this.grainsPerTable * entryBytes;
    if (
      this.#overlapsReserved(fileOffset, sectorBytes) ||
      (fileOffset >= own && fileOffset < own + tableBytes)
    ) {
      throw malformed(
        'grain table',
        `entry ${entry}`,
        own + entry * entryBytes,
        inEnglish('sector {sector} holds metadata', { sector }),
      );
    }
    return fileOffset;
  }

  #overlapsReserved(start: number, length: number): boolean {
    for (const span of this.#shape.reserved) {
      if (start < span.start + span.length && span.start < start + length) return true;
    }
    return false;
  }

  /** Each kind of damage is told once, with the first place. */
  #warn(structure: string, index: number): void {
    const code = `vmdk.damaged-${structure.replaceAll(' ', '-')}`;
    if (this.#warnings.some((warning) => warning.code === code)) return;
    const message = inEnglish('The {structure} {index} cannot be read; its other copy is used.', {
      structure,
      index,
    });
    this.#warnings.push({ code, message });
  }
}
