/** The script of a real worker thread whose one operation writes an output for as long as its name says. */
import { workerData, type MessagePort } from 'node:worker_threads';
import { OutputFile } from '#engine/bytes/output-file.ts';
import type { ConversionRequest, ConversionResult } from '#shared/domain/conversion.ts';
import { Failure } from '#shared/failure.ts';
import { serveCalls } from '../../../electron/worker/calls.ts';
import { asked, ControlBlock, type OperationEvent } from '../../../electron/worker/control-block.ts';

const start = workerData as { calls: MessagePort; events: MessagePort; memory: SharedArrayBuffer };
const block = new ControlBlock(start.memory);
const report = (event: OperationEvent): void => start.events.postMessage(event);

const control = {
  partialCreated(path: string): void {
    const before = block.acknowledged;
    report({ kind: 'partial-created', path });
    block.waitForAcknowledgement(before);
  },
  partialGone: (path: string): void => report({ kind: 'partial-gone', path }),
};

/** One byte at a time: eight for a name that begins with `quick`, else until it is stopped. */
function convert({ outputPath, target }: ConversionRequest): ConversionResult {
  const totalBytes = /quick[^/\\]*$/.test(outputPath) ? 8 : 1_000_000;
  const output = new OutputFile(outputPath, false, control);
  block.restartCounter();
  report({ kind: 'began', phase: 'converting', item: 'disk1', totalBytes, earlierBytes: 0, laterBytes: 0 });
  try {
    for (let done = 0; done < totalBytes; done++) {
      if (block.asked === asked.cancel) throw new Failure('operation.cancelled', {});
      if (block.asked === asked.suspend) throw new Failure('operation.interrupted', { reason: 'put off' });
      output.write(done, new Uint8Array([done]));
      block.addDone(1);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
    output.commit();
  } catch (error) {
    output.discard();
    throw error;
  }
  const sizes = { virtualSizeBytes: totalBytes, fileSizeBytes: totalBytes, allocatedBytes: 4096 };
  return { path: outputPath, format: target.format, variant: null, ...sizes, verified: true, sha256: null };
}

// No other operation is served: a call of one ends in a failure.
serveCalls(start.calls, {
  convert: (input: ConversionRequest) => Promise.resolve().then(() => convert(input)),
  formats: () => Promise.resolve([]),
});
