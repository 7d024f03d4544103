/** Copying bytes as they are, holes as holes: one loop for files of packages, members of builds and files of media. */
import type { ByteSink } from '../bytes/sink.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { Control } from '../control.ts';

const blockBytes = 1 << 20;

/** Copies all of `source` to the start of `sink`, which has its size afterwards. The phase has begun already. */
export function copySource(
  source: ByteSource,
  sink: ByteSink,
  control: Pick<Control, 'throwIfCancelled' | 'advance'>,
): void {
  const block = new Uint8Array(Math.min(blockBytes, source.sizeBytes));
  for (const run of source.runs({ start: 0, length: source.sizeBytes })) {
    for (let at = 0; at < run.length; at += block.length) {
      control.throwIfCancelled();
      const part = block.subarray(0, Math.min(block.length, run.length - at));
      if (!run.hole) {
        source.read(run.start + at, part);
        sink.write(run.start + at, part);
      }
      control.advance(part.length);
    }
  }
  sink.truncate(source.sizeBytes);
}
