/** Space-efficient sparse extents of VMFS snapshots, which VMware never documented: after qemu's block/vmdk.c, as strictly. */
import { inEnglish, type Message } from '#shared/in-english.ts';
import { requireWithin, type ByteSource } from '../../bytes/source.ts';
import type { ValuesOf } from '../../bytes/struct.ts';
import { isZero } from '../../bytes/zeros.ts';
import type { GrainDirectory, GrainTable } from './grain-directory.ts';
import {
  grainAbsent,
  grainZeroed,
  malformed,
  requireTables,
  sectorBytes,
  seSparseConstHeader,
  seSparseMagic,
  seSparseVersion,
  seSparseVolatileHeader,
  seSparseVolatileMagic,
  unsupported,
} from './layout.ts';
import type { SparseExtent } from './sparse-extent.ts';
import { TableCache } from './table-cache.ts';

/** The only sizes that are known to exist, in sectors. */
const knownGrainSectors = 8;
const knownTableSectors = 64;
const entryBytes = 8;
const cachedTables = 64;

type ConstHeader = ValuesOf<typeof seSparseConstHeader.fields>;

/**
 * The seSparse extent in `source`.
 * @throws Failure `image.malformed`, `image.truncated`; `image.unsupported` also when its journal has to be replayed.
 */
export function openSeSparseExtent(source: ByteSource): SparseExtent {
  const header = seSparseConstHeader.read(source, 0);
  checkConstHeader(header);
  const volatileOffset = header.volatileHeaderOffset * sectorBytes;
  const changing = seSparseVolatileHeader.read(source, volatileOffset);
  if (changing.magic !== seSparseVolatileMagic) {
    throw seSparseVolatileHeader.malformed(
      'magic',
      inEnglish('it is not the magic of a volatile header'),
      volatileOffset,
    );
  }
  if (changing.replayJournal !== 0n)
    throw unsupported(inEnglish('seSparse extents whose journal has to be replayed'));
  const tableEntries = (knownTableSectors * sectorBytes) / entryBytes;
  const tableCount = Math.ceil(header.capacity / (tableEntries * knownGrainSectors));
  requireTables(tableCount, (problem) => seSparseConstHeader.malformed('capacity', problem));
  if (header.grainDirSize * sectorBytes < tableCount * entryBytes) {
    throw seSparseConstHeader.malformed(
      'grainDirSize',
      inEnglish('{tableCount} grain tables do not fit', { tableCount }),
    );
  }
  if (header.grainDirOffset < 1) {
    throw seSparseConstHeader.malformed('grainDirOffset', inEnglish('it is within the header'));
  }
  requireWithin(source, header.grainDirOffset * sectorBytes, tableCount * entryBytes);
  const directory = new SeSparseGrainDirectory(source, header, tableEntries);
  return { source, directory, capacitySectors: header.capacity, markerBytes: null };
}

function checkConstHeader(header: ConstHeader): void {
  if (header.magic !== seSparseMagic) {
    throw seSparseConstHeader.malformed('magic', inEnglish('it is not the magic of seSparse'));
  }
  if (header.version !== seSparseVersion) {
    throw unsupported(
      inEnglish('seSparse extents of version 0x{version}', { version: header.version.toString(16) }),
    );
  }
  if (header.grainSize !== knownGrainSectors) {
    throw unsupported(inEnglish('seSparse grains of {grainSize} sectors', { grainSize: header.grainSize }));
  }
  if (header.grainTableSize !== knownTableSectors) {
    throw unsupported(
      inEnglish('seSparse grain tables of {grainTableSize} sectors', {
        grainTableSize: header.grainTableSize,
      }),
    );
  }
  if (header.flags !== 0n) {
    throw unsupported(
      inEnglish('seSparse extents with the flags 0x{flags}', { flags: header.flags.toString(16) }),
    );
  }
  for (const field of ['reserved1', 'reserved2', 'reserved3', 'reserved4'] as const) {
    if (header[field] !== 0n) throw seSparseConstHeader.malformed(field, inEnglish('it is not zero'));
  }
  if (!isZero(header.padding))
    throw seSparseConstHeader.malformed('padding', inEnglish('it is not all zeros'));
  if (header.capacity === 0) throw seSparseConstHeader.malformed('capacity', inEnglish('it holds nothing'));
}

class SeSparseGrainDirectory implements GrainDirectory {
  readonly grainBytes = knownGrainSectors * sectorBytes;
  readonly grainsPerTable: number;
  readonly #source: ByteSource;
  readonly #header: ConstHeader;
  readonly #tables = new TableCache<GrainTable>(cachedTables);

  constructor(source: ByteSource, header: ConstHeader, tableEntries: number) {
    this.#source = source;
    this.#header = header;
    this.grainsPerTable = tableEntries;
  }

  nextTable(index: number, end: number): number {
    // One sector of entries at a time: the directory is as long as the disk is large.
    const perRead = sectorBytes / entryBytes;
    const bytes = new Uint8Array(sectorBytes);
    for (let at = index; at < end;) {
      const count = Math.min(perRead, end - at);
      const part = bytes.subarray(0, count * entryBytes);
      this.#source.read(this.#entryOffset(at), part);
      const view = new DataView(part.buffer, 0, part.length);
      for (let entry = 0; entry < count; entry++) {
        if (view.getBigUint64(entry * entryBytes, true) !== 0n) return at + entry;
      }
      at += count;
    }
    return end;
  }

  table(index: number): GrainTable {
    let table = this.#tables.get(index);
    if (table === undefined) {
      table = this.#readTable(index);
      this.#tables.set(index, table);
    }
    return table;
  }

  #entryOffset(index: number): number {
    return this.#header.grainDirOffset * sectorBytes + index * entryBytes;
  }

  #readTable(index: number): GrainTable {
    const at = this.#entryOffset(index);
    const entry = new Uint8Array(entryBytes);
    this.#source.read(at, entry);
    const view = new DataView(entry.buffer);
    const [low, high] = [view.getUint32(0, true), view.getUint32(4, true)];
    if (low === 0 && high === 0) return null;
    if (high !== 0x1000_0000) {
      throw malformed(
        'grain directory',
        `entry ${index}`,
        at,
        inEnglish('it is no pointer to a grain table'),
      );
    }
    const tableBytes = this.grainsPerTable * entryBytes;
    const start = this.#header.grainTablesOffset * sectorBytes + low * tableBytes;
    if (low * knownTableSectors >= this.#header.grainTablesSize || this.#header.grainTablesOffset < 1) {
      throw malformed(
        'grain directory',
        `entry ${index}`,
        at,
        inEnglish('grain table {low} is beyond the space for tables', { low }),
      );
    }
    requireWithin(this.#source, start, tableBytes);
    const bytes = new Uint8Array(tableBytes);
    this.#source.read(start, bytes);
    return this.#decode(bytes, start);
  }

  #decode(bytes: Uint8Array, tableOffset: number): GrainTable {
    const view = new DataView(bytes.buffer);
    const table = new Float64Array(this.grainsPerTable);
    for (let entry = 0; entry < table.length; entry++) {
      const low = view.getUint32(entry * entryBytes, true);
      const high = view.getUint32(entry * entryBytes + 4, true);
      table[entry] = this.#grain(low, high, entry, tableOffset);
    }
    return table;
  }

  /** The highest four bits are the grain's state, the next twelve the lowest of its number, the rest the others. */
  #grain(low: number, high: number, entry: number, tableOffset: number): number {
    const state = high >>> 28;
    if (state === 0 && low === 0 && high === 0) return grainAbsent;
    // Unmapped by the guest, and zeros: both read as zeros.
    if (state === 1 || state === 2) return grainZeroed;
    const wrong = (problem: Message): Error =>
      malformed('grain table', `entry ${entry}`, tableOffset + entry * entryBytes, problem);
    if (state !== 3) throw wrong(inEnglish('there is no grain type {state}', { state }));
    const number = ((high >>> 16) & 0xfff) + (low + (high & 0xffff) * 2 ** 32) * 4096;
    if (number * knownGrainSectors >= this.#header.grainsSize || this.#header.grainsOffset < 1) {
      throw wrong(inEnglish('grain {number} is beyond the space for grains', { number }));
    }
    return (this.#header.grainsOffset + number * knownGrainSectors) * sectorBytes;
  }
}
