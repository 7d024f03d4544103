/** What a check has found so far: all of it counted, the first of each kind listed. */
import type { StructureFinding } from '#shared/domain/structure.ts';
import type { Message } from '#shared/in-english.ts';

const maximumListed = 100;

export class Findings {
  readonly counts = { corruption: 0, leak: 0, note: 0 };
  readonly listed: StructureFinding[] = [];

  /** Counts a finding `times` over. The message is only made where it is listed. */
  add(kind: StructureFinding['kind'], fileOffset: number | null, message: () => Message, times = 1): void {
    const before = this.counts[kind];
    this.counts[kind] += times;
    if (before < maximumListed) this.listed.push({ kind, message: message(), fileOffset });
  }
}
