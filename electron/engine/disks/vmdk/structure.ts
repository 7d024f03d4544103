/** Checks a VMDK: its descriptor against its extents, and the tables of each extent that has some. */
import type { RepairScope, StructureReport } from '#shared/domain/structure.ts';
import { isFailure, type Failure } from '#shared/failure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import type { FilePatch } from '../../bytes/patch.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { OpenContext, Structure } from '../driver.ts';
import { StructureFindings } from '../structure-findings.ts';
import { openCowExtent } from './cow-extent.ts';
import type { ExtentDescription } from './descriptor.ts';
import { embeddedDescriptor, isLoneExtent, separateDescriptor } from './descriptor-place.ts';
import { sparseKind } from './disk-extents.ts';
import { GrainTally } from './grain-tally.ts';
import { grainZeroed, format, malformed, sectorBytes } from './layout.ts';
import { HostedCheck } from './hosted-check.ts';
import { repairExtent } from './repair.ts';
import { openSeSparseExtent } from './se-sparse-extent.ts';
import { openSparseExtent, type SparseExtent } from './sparse-extent.ts';
import { readSparseHeader, type SparseHeader } from './sparse-header.ts';

/** What one extent has of the disk's grains. */
interface Units {
  readonly allocated: number;
  readonly total: number;
  readonly bytes: number;
}

class VmdkCheck {
  readonly findings = new StructureFindings();
  readonly #context: OpenContext;
  readonly #throwIfCancelled: () => void;
  readonly #units: Units[] = [];

  constructor(context: OpenContext, throwIfCancelled: () => void) {
    this.#context = context;
    this.#throwIfCancelled = throwIfCancelled;
  }

  run(file: ByteSource): StructureReport {
    const kind = sparseKind(file);
    const header = kind === 'hosted' ? readSparseHeader(file) : null;
    if (header !== null && header.uncleanShutdown !== 0) {
      const message = inEnglish('The disk was not closed cleanly: its last writes may be missing.');
      this.findings.add({ kind: 'note', message, fileOffset: null, mendable: false });
    }
    if (kind !== null && header?.capacity !== 0) this.#sparse(file, '', header);
    for (const [index, extent] of this.#listed(file, kind, header).entries()) {
      const own = index === 0 && header !== null && header.capacity > 0;
      if (own) this.#compareSize(extent, header.capacity, header.grainSize, '');
      else this.#extent(extent);
    }
    const bytes = new Set(this.#units.map((units) => units.bytes));
    const sum = (key: 'allocated' | 'total'): number =>
      this.#units.reduce((total, units) => total + units[key], 0);
    const units = { allocated: sum('allocated'), total: sum('total'), bytes: [...bytes][0] ?? 0 };
    return this.findings.report(format, bytes.size === 1 ? units : null);
  }

  /** The extents that the descriptor lists; none where the file is a part of a disk. */
  #listed(
    file: ByteSource,
    kind: ReturnType<typeof sparseKind>,
    header: SparseHeader | null,
  ): readonly ExtentDescription[] {
    if (kind === null) {
      const { extents } = separateDescriptor(file);
      if (extents.length === 0)
        throw malformed('descriptor', 'extent description', 0, inEnglish('it lists no extents'));
      return extents;
    }
    if (header === null || (header.capacity > 0 && isLoneExtent(file, header))) return [];
    return embeddedDescriptor(file, header).extents;
  }

  #extent(extent: ExtentDescription): void {
    const { type, name, access, fileOffset } = extent;
    if (type === 'ZERO') return;
    const flat = type === 'FLAT' || type === 'VMFS';
    if (access === 'NOACCESS' || type === 'VMFSRDM' || type === 'VMFSRAW') {
      const message = inEnglish('The extent {name} cannot be checked.', { name: name ?? '' });
      this.findings.add({ kind: 'note', message, fileOffset, mendable: false });
      return;
    }
    let source: ByteSource;
    try {
      source = this.#context.openReference({ name: name!, format: flat ? 'raw' : 'vmdk' });
    } catch (error) {
      if (!isFailure(error, 'image.parent-missing')) throw error;
      this.#corruption(inEnglish('The extent {name} is missing.', { name: name ?? '' }), fileOffset);
      return;
    }
    try {
      if (flat) this.#flat(source, extent);
      else this.#opened(source, extent);
    } finally {
      source.close();
    }
  }

  #flat(source: ByteSource, { name, sectors, offsetSectors, fileOffset }: ExtentDescription): void {
    const needed = (sectors + offsetSectors) * sectorBytes;
    if (source.sizeBytes >= needed) return;
    this.#corruption(
      inEnglish('The extent {name} has {sizeBytes} bytes instead of {needed}.', {
        name: name ?? '',
        sizeBytes: source.sizeBytes,
        needed,
      }),
      fileOffset,
    );
  }

  #opened(source: ByteSource, extent: ExtentDescription): void {
    const kind = sparseKind(source);
    const label = `${extent.name ?? ''}: `;
    if (kind === null) {
      this.#corruption(inEnglish('{label}It is no sparse extent.', { label }), extent.fileOffset);
      return;
    }
    const opened = this.#tolerate(label, () => {
      const header = kind === 'hosted' ? readSparseHeader(source) : null;
      return { header };
    });
    if (opened !== null) this.#sparse(source, label, opened.header, extent);
  }

  #compareSize(extent: ExtentDescription, capacity: number, grainSectors: number, label: string): void {
    const { sectors, fileOffset } = extent;
    const rounded = Math.ceil(sectors / grainSectors) * grainSectors;
    if (capacity === sectors || capacity === rounded) return;
    const problem = inEnglish('The descriptor gives it {sectors} sectors, its own header {capacity}.', {
      sectors,
      capacity,
    });
    this.#corruption(inEnglish('{label}{problem}', { label, problem }), fileOffset);
  }

  /** The tables of one sparse extent; `header` is that of a hosted one. */
  #sparse(
    source: ByteSource,
    label: string,
    header: SparseHeader | null,
    described?: ExtentDescription,
  ): void {
    // Behind a footer there is one copy of everything, and markers to hold it against.
    if (header !== null && header.fileOffset === 0) {
      if (described !== undefined) this.#compareSize(described, header.capacity, header.grainSize, label);
      const check = new HostedCheck(source, header, label, this.findings);
      check.run(this.#throwIfCancelled);
      const { grainCount } = check.copies.layout;
      this.#units.push({
        allocated: check.allocated,
        total: grainCount,
        bytes: header.grainSize * sectorBytes,
      });
      return;
    }
    const extent = this.#tolerate(label, () => {
      if (header !== null) return openSparseExtent(source, header, []);
      return sparseKind(source) === 'cow' ? openCowExtent(source, []) : openSeSparseExtent(source);
    });
    if (extent === null) return;
    const { grainBytes } = extent.directory;
    if (described !== undefined) {
      this.#compareSize(described, extent.capacitySectors, grainBytes / sectorBytes, label);
    }
    this.#walk(extent, label);
  }

  /** Through the reader's own tables, each of which is right or refused. */
  #walk(extent: SparseExtent, label: string): void {
    const { source, directory, capacitySectors, markerBytes } = extent;
    const { grainBytes, grainsPerTable } = directory;
    const tally = new GrainTally({ source, grainBytes, capacitySectors, markerBytes, label }, this.findings);
    const total = Math.ceil((capacitySectors * sectorBytes) / grainBytes);
    const tableCount = Math.ceil(total / grainsPerTable);
    const next = (index: number): number => directory.nextTable(index, tableCount);
    for (let index = next(0); index < tableCount; index = next(index + 1)) {
      this.#throwIfCancelled();
      const table = this.#tolerate(label, () => directory.table(index)) ?? [];
      for (const [entry, fileOffset] of table.entries()) {
        if (fileOffset > grainZeroed) tally.add(index * grainsPerTable + entry, fileOffset, null);
      }
    }
    tally.finish();
    this.#units.push({ allocated: tally.allocated, total, bytes: grainBytes });
  }

  /** What a reader refuses is a finding here. */
  #tolerate<T>(label: string, read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      if (isFailure(error, 'image.malformed')) {
        const { structure, field, problem, fileOffset } = (error as Failure<'image.malformed'>).details;
        this.#corruption(
          inEnglish('{label}{structure}, {field}: {problem}.', {
            label,
            structure,
            field,
            problem: asValue(problem),
          }),
          fileOffset,
        );
      } else if (isFailure(error, 'image.truncated')) {
        const { neededBytes, actualBytes } = (error as Failure<'image.truncated'>).details;
        this.#corruption(
          inEnglish('{label}The file ends at {actualBytes} bytes; {neededBytes} are needed.', {
            label,
            actualBytes,
            neededBytes,
          }),
          null,
        );
      } else {
        throw error;
      }
      return null;
    }
  }

  #corruption(message: Message, fileOffset: number | null): void {
    this.findings.add({ kind: 'corruption', message, fileOffset, mendable: false });
  }
}

export const structure: Structure = {
  check: (file, context, control) => new VmdkCheck(context, () => control.throwIfCancelled()).run(file),
  repair(file, _context, control, scope: RepairScope): FilePatch | null {
    if (sparseKind(file) !== 'hosted') return null;
    const header = readSparseHeader(file);
    if (header.capacity === 0 || header.fileOffset > 0) return null;
    return repairExtent(file, header, scope, () => control.throwIfCancelled());
  },
};
