/** Comparing both copies of the tables of a hosted sparse extent, and finding what each grain table entry is worth. */
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { StructureFindings } from '../structure-findings.ts';
import { GrainTally } from './grain-tally.ts';
import { grainZeroed, sectorBytes } from './layout.ts';
import { runsWithout } from './sector-use.ts';
import type { SparseHeader } from './sparse-header.ts';
import { tableCopies, type TableCopies, type TableCopy } from './table-copies.ts';

/** A table that one directory does not find any more, and the copy that has it. */
export interface PointerFix {
  readonly copy: TableCopy;
  readonly from: TableCopy;
  readonly index: number;
}

/** An entry that differs between the copies, and its right value. */
export interface EntryFix {
  readonly copy: TableCopy;
  readonly index: number;
  readonly entry: number;
  readonly value: number;
}

/** A patch is held in memory: so many bytes of tables. */
const maximumFixedBytes = 32 << 20;
/** More entries than these are not settled one by one. */
const maximumDifferences = 1 << 17;

interface Difference {
  readonly index: number;
  readonly entry: number;
  readonly primary: number;
  readonly redundant: number;
}

/** One check of one extent; the findings are added as it goes. */
export class HostedCheck {
  readonly copies: TableCopies;
  readonly pointerFixes: PointerFix[] = [];
  readonly entryFixes: EntryFix[] = [];
  /** The file size without the room at its end that nothing uses; null where there is none. */
  cutAtBytes: number | null = null;
  readonly #source: ByteSource;
  readonly #header: SparseHeader;
  readonly #label: string;
  readonly #findings: StructureFindings;
  readonly #tally: GrainTally;
  readonly #differences: Difference[] = [];
  readonly #settled = new Set<number>();
  /** The numbers of the tables whose pointers are replaced, by copy. */
  readonly #replaced = new Map<TableCopy, Set<number>>();
  #unmendable = 0;

  /** `label` precedes messages about a file that is not the one that is checked; nothing of it is mendable then. */
  constructor(source: ByteSource, header: SparseHeader, label: string, findings: StructureFindings) {
    this.#source = source;
    this.#header = header;
    this.#label = label;
    this.#findings = findings;
    this.copies = tableCopies(source, header);
    this.#tally = new GrainTally(
      {
        source,
        grainBytes: header.grainSize * sectorBytes,
        capacitySectors: header.capacity,
        markerBytes: header.compressed ? (header.markers ? 12 : 4) : null,
        label,
      },
      findings,
    );
  }

  get allocated(): number {
    return this.#tally.allocated;
  }

  /** Whether a repair leaves no corruption behind. */
  get mendsAll(): boolean {
    return this.#unmendable === 0;
  }

  run(throwIfCancelled: () => void): void {
    const { primary, redundant, layout, reserved } = this.copies;
    const mendable = primary !== null || redundant !== null;
    if (primary === null) {
      this.#corruption(inEnglish('The grain directory is not where the header says'), 0, mendable);
    }
    if (redundant === null && this.#header.rgdOffset !== null) {
      this.#corruption(inEnglish('The redundant grain directory is not where the header says'), 0, mendable);
    }
    if (!mendable) return;
    for (let index = 0; index < layout.tableCount; index++) {
      if (index % 256 === 0) throwIfCancelled();
      if (primary !== null && redundant !== null) this.#compare(index, primary, redundant);
      else this.#single(index, (primary ?? redundant)!);
    }
    const corruptions = this.#findings.corruptions;
    for (const span of reserved) {
      const start = Math.floor(span.start / sectorBytes);
      this.#tally.use.add(start, Math.ceil((span.start + span.length) / sectorBytes) - start);
    }
    if (primary !== null) this.#addTables(primary, null);
    if (redundant !== null) this.#addTables(redundant, primary);
    this.#tally.finish();
    this.#unmendable += this.#findings.corruptions - corruptions;
    for (const difference of this.#differences) this.#settle(difference, primary!, redundant!);
    // What a lost table names looks unused, and is not.
    if (this.mendsAll && !this.#header.compressed && this.#tally.use.complete) this.#findUnused();
  }

  /** What a repair may put somewhere: sectors that nothing uses. */
  isFree(sector: number, count: number): boolean {
    return this.#tally.use.complete && !this.#tally.use.overlaps(sector, count) && !this.#settled.has(sector);
  }

  #single(index: number, copy: TableCopy): void {
    const sector = copy.sector(index);
    if (sector === 0) return;
    const problem = copy.problemAt(sector);
    if (problem !== null) this.#wrongPointer(copy, index, problem, false);
    else if (!copy.isHole(index)) this.#scan(index, copy, copy.read(index));
  }

  #compare(index: number, primary: TableCopy, redundant: TableCopy): void {
    const sectors = [primary.sector(index), redundant.sector(index)] as const;
    if (sectors[0] === 0 && sectors[1] === 0) return;
    const problems = [primary, redundant].map((copy, at) =>
      sectors[at] === 0 ? 'it is not there' : copy.problemAt(sectors[at]!),
    );
    if (problems[0] !== null && problems[1] !== null) {
      this.#wrongPointer(primary, index, problems[0]!, false);
      this.#wrongPointer(redundant, index, problems[1]!, false);
    } else if (problems[0] !== null) {
      this.#replacePointer(index, primary, redundant, problems[0]!);
    } else if (problems[1] !== null) {
      this.#replacePointer(index, redundant, primary, problems[1]!);
    } else if (sectors[0] === sectors[1] || (primary.isHole(index) && redundant.isHole(index))) {
      this.#single(index, primary);
    } else {
      this.#compareTables(index, primary, redundant);
    }
  }

  #compareTables(index: number, primary: TableCopy, redundant: TableCopy): void {
    const [first, second] = [primary.read(index), redundant.read(index)];
    if (Buffer.compare(new Uint8Array(first.buffer), new Uint8Array(second.buffer)) === 0) {
      this.#scan(index, primary, first);
      return;
    }
    // A pointer to another table is damage of the directory: the entries there are not this table's.
    const [firstUsual, secondUsual] = [primary, redundant].map(
      (copy) => copy.sector(index) === copy.usualSector(index),
    );
    const problem = inEnglish('another table is there');
    if (firstUsual === true && secondUsual === true) this.#scanDifferent(index, primary, first, second);
    else if (secondUsual === true) this.#replacePointer(index, primary, redundant, problem);
    else if (firstUsual === true) this.#replacePointer(index, redundant, primary, problem);
    else {
      this.#wrongPointer(redundant, index, inEnglish('the two copies of the table differ'), false);
      this.#scan(index, primary, first);
    }
  }

  /** Only where the other copy is in its usual place can it be trusted to be that table. */
  #replacePointer(index: number, copy: TableCopy, from: TableCopy, problem: Message): void {
    const room = this.pointerFixes.length * this.copies.layout.tableBytes < maximumFixedBytes;
    const trusted = room && from.sector(index) === from.usualSector(index);
    this.#wrongPointer(copy, index, problem, trusted);
    if (trusted) {
      this.pointerFixes.push({ copy, from, index });
      this.#replaced.set(copy, (this.#replaced.get(copy) ?? new Set()).add(index));
    }
    this.#scan(index, from, from.read(index));
  }

  #scan(index: number, copy: TableCopy, table: DataView): void {
    const { numGTEsPerGT } = this.#header;
    const entries = this.#entriesOf(index);
    for (let entry = 0; entry < entries; entry++) {
      const sector = table.getUint32(entry * 4, true);
      if (sector <= grainZeroed) continue;
      this.#add(index * numGTEsPerGT + entry, sector, copy.entryOffset(index, entry));
    }
  }

  #scanDifferent(index: number, copy: TableCopy, first: DataView, second: DataView): void {
    const { numGTEsPerGT } = this.#header;
    const entries = this.#entriesOf(index);
    for (let entry = 0; entry < entries; entry++) {
      const primary = first.getUint32(entry * 4, true);
      const redundant = second.getUint32(entry * 4, true);
      if (primary === redundant) {
        if (primary > grainZeroed) {
          this.#add(index * numGTEsPerGT + entry, primary, copy.entryOffset(index, entry));
        }
      } else if (this.#differences.length < maximumDifferences) {
        this.#differences.push({ index, entry, primary, redundant });
      } else {
        this.#corruption(
          inEnglish('Grain table {index}: its copies differ', { index }),
          copy.entryOffset(index, entry),
          false,
        );
      }
    }
  }

  #add(grain: number, sector: number, entryOffset: number): void {
    const before = this.#findings.corruptions;
    this.#tally.add(grain, sector * sectorBytes, entryOffset);
    this.#unmendable += this.#findings.corruptions - before;
  }

  /** A value is out of the question where nothing can be there, or something else is. Grains are written before tables. */
  #settle(difference: Difference, primary: TableCopy, redundant: TableCopy): void {
    const { index, entry } = difference;
    const grain = index * this.#header.numGTEsPerGT + entry;
    const values = [difference.primary, difference.redundant].filter((value) =>
      this.#isPossible(grain, value),
    );
    const named = values.filter((value) => value !== 0);
    const value = values.length === 1 ? values[0]! : named.length === 1 ? named[0]! : null;
    const fileOffset = primary.entryOffset(index, entry);
    const problem = inEnglish('Grain {grain}: the grain tables say sector {primary} and sector {redundant}', {
      grain,
      primary: difference.primary,
      redundant: difference.redundant,
    });
    this.#corruption(problem, fileOffset, value !== null);
    if (value === null) return;
    if (value > grainZeroed) {
      this.#settled.add(value);
      this.#tally.allocated++;
    }
    const copy = value === difference.primary ? redundant : primary;
    this.entryFixes.push({ copy, index, entry, value });
  }

  #isPossible(grain: number, sector: number): boolean {
    if (sector <= grainZeroed) return true;
    if (this.#tally.problemAt(grain, sector * sectorBytes) !== null) return false;
    const count = this.#header.compressed ? 1 : this.#header.grainSize;
    return !this.#tally.use.overlaps(sector, count) && !this.#settled.has(sector);
  }

  /** The tables of a directory are in use; those that both directories share once. */
  #addTables(copy: TableCopy, other: TableCopy | null): void {
    const { tableCount, tableSectors } = this.copies.layout;
    const replaced = this.#replaced.get(copy);
    for (let index = 0; index < tableCount; index++) {
      const sector = copy.sector(index);
      const shared = other !== null && other.sector(index) === sector;
      if (sector === 0 || shared || copy.problemAt(sector) !== null || replaced?.has(index) === true)
        continue;
      this.#tally.use.add(sector, tableSectors);
    }
  }

  /** Whole grains behind the tables that no entry names. Only at the end can they be given back. */
  #findUnused(): void {
    const { grainSize, overHead } = this.#header;
    const fileSectors = Math.floor(this.#source.sizeBytes / sectorBytes);
    const settled = [...this.#settled].sort((a, b) => a - b);
    const gaps = this.#tally.use.gaps(Math.min(overHead, fileSectors), fileSectors);
    for (const { start, count } of runsWithout(gaps, settled, grainSize)) {
      const grains = Math.floor(count / grainSize);
      if (grains === 0) continue;
      const atEnd = start + count === fileSectors;
      if (atEnd) this.cutAtBytes = start * sectorBytes;
      const message = (): string =>
        `${this.#label}${grains} grains of the file from sector ${start} on hold nothing.`;
      const mendable = atEnd && this.#label === '';
      this.#findings.add({
        kind: 'leak',
        message,
        fileOffset: start * sectorBytes,
        mendable,
        count: grains,
      });
    }
  }

  #entriesOf(index: number): number {
    const { numGTEsPerGT } = this.#header;
    return Math.min(numGTEsPerGT, this.copies.layout.grainCount - index * numGTEsPerGT);
  }

  #wrongPointer(copy: TableCopy, index: number, problem: Message, mendable: boolean): void {
    const message = inEnglish('The {title} has table {index} at sector {copy}: {problem}', {
      title: copy.title,
      index,
      copy: copy.sector(index),
      problem: asValue(problem),
    });
    this.#corruption(message, copy.pages.fileOffsetOf(index), mendable);
  }

  #corruption(problem: Message, fileOffset: number, mendable: boolean): void {
    if (!mendable) this.#unmendable++;
    const message = inEnglish('{label}{problem}.', { label: this.#label, problem: asValue(problem) });
    const own = this.#label === '';
    this.#findings.add({ kind: 'corruption', message, fileOffset, mendable: mendable && own });
  }
}
