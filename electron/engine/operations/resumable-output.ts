/** Opening the output of a conversion: a new one, or the one that an earlier run of the same job has begun. */
import { unlinkSync } from 'node:fs';
import type { ConversionRequest } from '#shared/domain/conversion.ts';
import type { AfreshReason } from '#shared/domain/job.ts';
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { OutputFile } from '../bytes/output-file.ts';
import type { Control } from '../control.ts';
import { itemName } from '../pipeline/open.ts';
import { markOf, OutputJournal, recall, sameChunks, type PastOutput } from './output-journal.ts';

export interface OpenedOutput {
  readonly output: OutputFile;
  /** Null where nothing is put on record. */
  readonly journal: OutputJournal | null;
  /** What earlier runs have done of it. */
  readonly past: PastOutput | null;
}

/** What the output is made of. */
export interface OutputMakings {
  /** Every file that is read. */
  readonly sources: readonly string[];
  /** The chunks that will be written, cut afresh at each call. */
  chunks(): Iterable<Span>;
  /** It is written in one pass, and cannot be gone on with. */
  readonly onePass: boolean;
}

/**
 * Opens what the journal says was begun, where all that it says holds; else a new output, and says why.
 * @throws Failure `io.exists`, `io.*`.
 */
export function openOutput(
  request: ConversionRequest,
  { sources, chunks, onePass }: OutputMakings,
  control: Control,
): OpenedOutput {
  const { outputPath, force = false } = request;
  if (control.journal === null) {
    return { output: new OutputFile(outputPath, force, control), journal: null, past: null };
  }
  const mark = markOf(sources, { ...request, source: { ...request.source, passphrase: undefined } });
  const known = recall(control.journal, outputPath, mark);
  let afresh: AfreshReason | null = known.kind === 'afresh' ? known.reason : null;
  if (known.kind === 'past') {
    const same = sameChunks(chunks(), known);
    const opened = same ? reopen(request, known, control) : null;
    if (opened !== null) {
      const journal = new OutputJournal(control.journal, opened, mark);
      const { doneBytes } = known.chunks;
      control.note({ kind: 'resumed', item: itemName(request.source), doneBytes });
      // Names are given to what was proved. That record can be lost: the process that keeps it died, or the power went.
      const past = opened.hasName ? { ...known, stage: 'proved' as const } : known;
      return { output: opened, journal, past };
    }
    afresh = same ? 'output-changed' : 'source-changed';
  }
  if (known.kind !== 'none') removeOld(known.files, control);
  if (onePass && control.journal.records.length > 0) afresh = 'one-pass';
  if (afresh !== null) control.note({ kind: 'afresh', item: itemName(request.source), reason: afresh });
  const output = new OutputFile(outputPath, force, control);
  const journal = onePass ? null : new OutputJournal(control.journal, output, mark);
  journal?.restart();
  return { output, journal, past: null };
}

function reopen(
  { outputPath, force }: ConversionRequest,
  past: PastOutput,
  control: Control,
): OutputFile | null {
  try {
    return new OutputFile(outputPath, force ?? false, control, past.files);
  } catch (error) {
    const { code } = Failure.from(error);
    if (code === 'io.not-found') return null;
    throw error;
  }
}

function removeOld(files: readonly { readonly partialPath: string }[], control: Control): void {
  for (const { partialPath } of files) {
    try {
      unlinkSync(partialPath);
    } catch {
      // Gone already; what cannot be removed stays on record.
      continue;
    }
    control.partialGone(partialPath);
  }
}

/** Whether a failure leaves something to go on with: it was put off, or the system was in the way. */
export function canGoOnAfter(error: unknown): boolean {
  const { code } = Failure.from(error);
  return code === 'operation.interrupted' || code.startsWith('io.');
}

/** After a failure: keeps what another run can go on with, else removes all of it. */
export function leaveOutput({ output, journal }: OpenedOutput, error: unknown): void {
  if (journal?.hasCheckpoint !== true || !canGoOnAfter(error)) {
    output.discard();
    return;
  }
  if (Failure.from(error).code === 'io.no-space') journal.rollBack();
  output.close();
}
