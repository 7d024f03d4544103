/** What a check of an image's own tables finds, and what a repair does about it. */
import type { Message } from '../in-english.ts';

export interface StructureFinding {
  /** leak: room that nothing uses; corruption: data is lost or in danger; note: unusual, but harmless. */
  readonly kind: 'corruption' | 'leak' | 'note';
  /** One sentence. */
  readonly message: Message;
  readonly fileOffset: number | null;
}

/** The answer of `check`. Counts are of all findings; only the first are listed. */
export interface StructureReport {
  readonly format: string;
  readonly corruptions: number;
  readonly leaks: number;
  readonly notes: number;
  readonly findings: readonly StructureFinding[];
  /** Units (clusters, grains, blocks) of the disk that the file stores, of how many there are; null where not counted. */
  readonly allocatedUnits: number | null;
  readonly totalUnits: number | null;
  readonly unitBytes: number | null;
  /** Whether a repair could do something about it. */
  readonly repairable: boolean;
}

/** leaks: only what endangers nothing is touched; all: corruptions too. */
export type RepairScope = 'leaks' | 'all';

export interface RepairRequest {
  readonly path: string;
  readonly scope: RepairScope;
}

export interface RepairResult {
  readonly before: StructureReport;
  readonly after: StructureReport;
  /** Where the bytes that were replaced are kept; null when nothing was. */
  readonly backupPath: string | null;
  readonly summary: readonly Message[];
}
