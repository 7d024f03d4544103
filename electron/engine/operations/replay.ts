/** Telling a writer again what an earlier run has told it, so that it stands where that run was. */
import type { Span } from '#shared/domain/image.ts';
import type { OutputFile } from '../bytes/output-file.ts';
import type { Control } from '../control.ts';
import { noContent } from '../disks/content-identity.ts';
import type { ComputerPlan } from '../pipeline/computer.ts';
import type { ChunkResult } from '../pipeline/chunk-result.ts';
import type { Moves } from '../pipeline/moves.ts';
import { digestBytes, type OutputJournal, type PastOutput } from './output-journal.ts';

/** How the writing of a disk is put on record, and what of it was done before. */
export interface Resuming {
  readonly journal: OutputJournal;
  readonly output: OutputFile;
  readonly past: PastOutput | null;
}

/**
 * Brings the writer to where an earlier run was: it is told again what became of each chunk, and gives the same places,
 * while the output takes what is written for what is there already.
 */
export function replay(
  { journal, output }: Resuming,
  past: PastOutput,
  chunks: Iterator<Span>,
  plan: ComputerPlan,
  control: Control,
  place: (chunk: ChunkResult, digest: Uint8Array | null) => Moves,
): void {
  const { chunkCount, units, digested, digests } = past.chunks;
  const bytes = new Uint8Array(0);
  const done: Span[] = [];
  let unitsAt = 0;
  let digestsAt = 0;
  output.mute(true);
  while (done.length < chunkCount) {
    control.throwIfCancelled();
    const chunk = chunks.next().value as Span;
    const unitsEnd = unitsAt + Math.ceil(chunk.length / plan.task.unitBytes);
    const hasDigest = digested[done.length] === 1;
    const digest = digests.subarray(digestsAt, digestsAt + digestBytes);
    const states = units.subarray(unitsAt, unitsEnd);
    const same = {
      ...chunk,
      units: states,
      bytes,
      digest,
      content: noContent,
      difference: -1,
      inPlace: false,
    };
    // What it brings is there.
    place(same, hasDigest ? digest : null);
    unitsAt = unitsEnd;
    if (hasDigest) digestsAt += digestBytes;
    done.push(chunk);
  }
  output.mute(false);
  journal.adopt(past, done);
}
