/** Copying bytes as they are, holes as holes: one loop for files of packages, members of builds and files of media. */
import { RangeCopier } from '../bytes/range-copier.ts';
import type { ByteSink } from '../bytes/sink.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { Control } from '../control.ts';

const stepBytes = 1 << 20;

/** Copies all of `source` to the start of `sink`, which has its size afterwards. The phase has begun already. */
export function copySource(
  source: ByteSource,
  sink: ByteSink,
  control: Pick<Control, 'throwIfCancelled' | 'advance'>,
): void {
  const copier = new RangeCopier();
  for (const run of source.runs({ start: 0, length: source.sizeBytes })) {
    for (let at = 0; at < run.length; at += stepBytes) {
      control.throwIfCancelled();
      const length = Math.min(stepBytes, run.length - at);
      if (!run.hole) copier.copy(sink, run.start + at, source, run.start + at, length);
      control.advance(length);
    }
  }
  copier.flush();
  sink.truncate(source.sizeBytes);
}
