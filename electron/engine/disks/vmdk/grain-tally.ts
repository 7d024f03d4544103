/** Checks the grains that the tables of one extent name: that they are in the file, marked, and nobody else's. */
import { isFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { StructureFindings } from '../structure-findings.ts';
import { maximumEncodedBytes } from './grain-walk.ts';
import { sectorBytes } from './layout.ts';
import { SectorUse } from './sector-use.ts';

/** What a tally needs to know of the extent. */
export interface TalliedExtent {
  readonly source: ByteSource;
  readonly grainBytes: number;
  readonly capacitySectors: number;
  readonly markerBytes: number | null;
  /** How messages call the extent: '' for the file that is checked, else its name and a colon. */
  readonly label: string;
}

export class GrainTally {
  readonly use = new SectorUse();
  allocated = 0;
  readonly #extent: TalliedExtent;
  readonly #findings: StructureFindings;
  readonly #marker = new Uint8Array(12);

  constructor(extent: TalliedExtent, findings: StructureFindings) {
    this.#extent = extent;
    this.#findings = findings;
  }

  /** Counts grain number `grain`, stored at `fileOffset`, as the table entry at `entryOffset` has it. */
  add(grain: number, fileOffset: number, entryOffset: number | null): void {
    const problem = this.problemAt(grain, fileOffset);
    this.allocated++;
    if (problem !== null) {
      const message = (): string => `${this.#extent.label}Grain ${grain}: ${problem}.`;
      this.#findings.add({ kind: 'corruption', message, fileOffset: entryOffset, mendable: false });
      return;
    }
    this.use.add(fileOffset / sectorBytes, Math.ceil(this.#storedBytes(grain) / sectorBytes));
  }

  /** Why the grain cannot be there; null when it can. */
  problemAt(grain: number, fileOffset: number): string | null {
    const { source, markerBytes } = this.#extent;
    if (markerBytes === null) {
      const within = fileOffset + this.#storedBytes(grain) <= source.sizeBytes;
      return within ? null : `sector ${fileOffset / sectorBytes} is beyond the end of the file`;
    }
    return this.#markerProblem(grain, fileOffset, markerBytes);
  }

  /** Ends the counting: grains in the same place are two times the same sectors. */
  finish(): void {
    const { grainBytes, label, markerBytes } = this.#extent;
    for (const { start, count } of this.use.finish()) {
      const message = (): string =>
        `${label}${count} sectors of the file from sector ${start} on are used twice.`;
      const grains = markerBytes === null ? Math.ceil((count * sectorBytes) / grainBytes) : 1;
      const fileOffset = start * sectorBytes;
      this.#findings.add({ kind: 'corruption', message, fileOffset, mendable: false, count: grains });
    }
    if (!this.use.complete) {
      const message = inEnglish(
        '{label}There are too many grains to look for some that are in the same place.',
        { label },
      );
      this.#findings.add({ kind: 'note', message, fileOffset: null, mendable: false });
    }
  }

  /** Plain grains may end with the disk; for deflated ones it is what the marker said last. */
  #storedBytes(grain: number): number {
    const { grainBytes, capacitySectors, markerBytes } = this.#extent;
    if (markerBytes !== null) return markerBytes + this.#markerSize(markerBytes);
    return Math.min(grainBytes, capacitySectors * sectorBytes - grain * grainBytes);
  }

  #markerSize(markerBytes: number): number {
    return new DataView(this.#marker.buffer).getUint32(markerBytes - 4, true);
  }

  #markerProblem(grain: number, fileOffset: number, markerBytes: number): string | null {
    const { source, grainBytes } = this.#extent;
    try {
      source.read(fileOffset, this.#marker.subarray(0, markerBytes));
    } catch (error) {
      if (isFailure(error, 'image.truncated')) return 'its marker is beyond the end of the file';
      throw error;
    }
    const size = this.#markerSize(markerBytes);
    if (markerBytes >= 12) {
      const expected = (grain * grainBytes) / sectorBytes;
      const view = new DataView(this.#marker.buffer);
      const found = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
      if (found !== expected) return `its marker is for sector ${found}, not ${expected}`;
    }
    if (size === 0 || markerBytes + size > maximumEncodedBytes(grainBytes))
      return `it cannot have ${size} bytes`;
    return fileOffset + markerBytes + size > source.sizeBytes
      ? 'it goes on beyond the end of the file'
      : null;
  }
}
