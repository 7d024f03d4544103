/** Collects what a check of an image's structure finds: all of it is counted, the first of it is listed. */
import type { StructureFinding, StructureReport } from '#shared/domain/structure.ts';
import type { Message } from '#shared/in-english.ts';

/** Nobody reads more. */
const maximumListed = 100;

/** What is wrong at one place. The message is made only where it is shown. */
export interface Finding {
  readonly kind: StructureFinding['kind'];
  /** One sentence. */
  readonly message: Message | (() => Message);
  readonly fileOffset: number | null;
  /** Whether a repair does something about it. */
  readonly mendable: boolean;
  /** How many findings this one stands for; 1 when absent. */
  readonly count?: number;
}

export class StructureFindings {
  readonly #listed: StructureFinding[] = [];
  readonly #counts = { corruption: 0, leak: 0, note: 0 };
  #mendable = false;

  add({ kind, message, fileOffset, mendable, count = 1 }: Finding): void {
    this.#counts[kind] += count;
    this.#mendable ||= mendable;
    if (this.#listed.length >= maximumListed) return;
    this.#listed.push({ kind, message: typeof message === 'function' ? message() : message, fileOffset });
  }

  get corruptions(): number {
    return this.#counts.corruption;
  }

  /** The answer, with the units of the disk that the file stores where the format counts any. */
  report(
    format: string,
    units: { readonly allocated: number; readonly total: number; readonly bytes: number } | null,
  ): StructureReport {
    return {
      format,
      corruptions: this.#counts.corruption,
      leaks: this.#counts.leak,
      notes: this.#counts.note,
      findings: this.#listed,
      allocatedUnits: units?.allocated ?? null,
      totalUnits: units?.total ?? null,
      unitBytes: units?.bytes ?? null,
      repairable: this.#mendable,
    };
  }
}

/** What is wrong with one entry of a table: a finding for a check, a failure for who wants to read the disk. */
export interface EntryProblem {
  /** Where the entry, or what it leads to, is. */
  readonly fileOffset: number;
  /** One sentence that names the place. */
  message(): Message;
  failure(): Error;
}
