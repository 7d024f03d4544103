/** Both copies of the tables of a hosted sparse extent, each by itself, however damaged ("Grain Directory", "Grain Table"). */
import type { Span } from '#shared/domain/image.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { DirectoryPages } from './directory-pages.ts';
import { KnownHole } from './known-hole.ts';
import { sectorBytes } from './layout.ts';
import { fixedSpans, overlap } from './sparse-extent.ts';
import type { SparseHeader } from './sparse-header.ts';

const entryBytes = 4;

/** One grain directory, and the tables that it points to. */
export class TableCopy {
  readonly title: 'grain directory' | 'redundant grain directory';
  readonly directory: Span;
  readonly pages: DirectoryPages;
  readonly #source: ByteSource;
  readonly #layout: TableLayout;
  readonly #hole: KnownHole;
  readonly #reserved: readonly Span[];

  constructor(
    title: TableCopy['title'],
    source: ByteSource,
    layout: TableLayout,
    directory: Span,
    reserved: readonly Span[],
  ) {
    this.title = title;
    this.directory = directory;
    this.pages = new DirectoryPages(source, layout.tableCount, directory.start, null);
    this.#source = source;
    this.#layout = layout;
    this.#hole = new KnownHole(source);
    this.#reserved = reserved;
  }

  /** The sector of that table; 0 where there is none. */
  sector(index: number): number {
    return this.pages.entry(index);
  }

  /** Where all writers put it: the tables follow their directory, in their order. */
  usualSector(index: number): number {
    const directorySectors = Math.ceil(this.directory.length / sectorBytes);
    return this.directory.start / sectorBytes + directorySectors + index * this.#layout.tableSectors;
  }

  /** Why there can be no table at `sector`; null when there can. */
  problemAt(sector: number): string | null {
    const span = { start: sector * sectorBytes, length: this.#layout.tableSectors * sectorBytes };
    if (span.start + span.length > this.#source.sizeBytes) return 'it is beyond the end of the file';
    return this.#reserved.some((other) => overlap(span, other)) ? 'other metadata is there' : null;
  }

  /** Whether the file system stores nothing for the table: then it is all zeros. */
  isHole(index: number): boolean {
    return this.#hole.covers(this.sector(index) * sectorBytes, this.#layout.tableBytes);
  }

  /** The entries of the table, which must be readable. */
  read(index: number): DataView {
    const bytes = new Uint8Array(this.#layout.tableBytes);
    this.#source.read(this.sector(index) * sectorBytes, bytes);
    return new DataView(bytes.buffer);
  }

  /** Where an entry of the table is in the file. */
  entryOffset(index: number, entry: number): number {
    return this.sector(index) * sectorBytes + entry * entryBytes;
  }
}

/** How many tables there are, and how long. */
export interface TableLayout {
  readonly tableCount: number;
  readonly tableBytes: number;
  readonly tableSectors: number;
  readonly grainCount: number;
}

export interface TableCopies {
  readonly layout: TableLayout;
  /** Null where the header says something impossible. */
  readonly primary: TableCopy | null;
  readonly redundant: TableCopy | null;
  /** What no table and no grain may overlap. */
  readonly reserved: readonly Span[];
}

/** The copies that the header names. */
export function tableCopies(source: ByteSource, header: SparseHeader): TableCopies {
  const grainCount = Math.ceil(header.capacity / header.grainSize);
  const tableBytes = header.numGTEsPerGT * entryBytes;
  const tableCount = Math.ceil(grainCount / header.numGTEsPerGT);
  const layout = {
    tableCount,
    tableBytes,
    tableSectors: Math.ceil(tableBytes / sectorBytes),
    grainCount,
  };
  const fixed = fixedSpans(header);
  const usable = (sector: number | null): Span | null => {
    if (sector === null || sector <= 0) return null;
    const span = { start: sector * sectorBytes, length: tableCount * entryBytes };
    const inside = span.start + span.length <= source.sizeBytes;
    return inside && !fixed.some((other) => overlap(span, other)) ? span : null;
  };
  const primary = usable(header.gdOffset);
  let redundant = usable(header.rgdOffset);
  if (primary !== null && redundant !== null && overlap(primary, redundant)) redundant = null;
  const reserved = [...fixed, ...[primary, redundant].flatMap((span) => span ?? [])];
  const copy = (title: TableCopy['title'], span: Span | null): TableCopy | null =>
    span === null ? null : new TableCopy(title, source, layout, span, reserved);
  return {
    layout,
    primary: copy('grain directory', primary),
    redundant: copy('redundant grain directory', redundant),
    reserved,
  };
}
