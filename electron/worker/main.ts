/** A worker thread's entry: serves the engine's operations over its port. */
import { workerData, type MessagePort } from 'node:worker_threads';
import { implement, ORPCError } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import { workerContract } from '#shared/contract/worker.ts';
import type { JobPhase } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';
import type { Control } from '#engine/control.ts';
import { build, describeBuilders, planBuild } from '#engine/operations/build.ts';
import { compareImages } from '#engine/operations/compare.ts';
import { convert, planConversion } from '#engine/operations/convert.ts';
import { createImage } from '#engine/operations/create.ts';
import { extractFiles } from '#engine/operations/extract-files.ts';
import { extract, planExtraction } from '#engine/operations/extract.ts';
import { describeFormats, describeWrappers } from '#engine/operations/formats.ts';
import { hashImage } from '#engine/operations/hash.ts';
import { inspect, inspectPackage } from '#engine/operations/inspect.ts';
import { listFiles } from '#engine/operations/list.ts';
import { mapImage } from '#engine/operations/map.ts';
import { resizeImage } from '#engine/operations/resize.ts';
import { checkImage, repairImage, undoRepair } from '#engine/operations/structure.ts';
import { verifyPackage } from '#engine/operations/verify.ts';
import { defaultWorkers } from '#engine/pipeline/threads.ts';
import { ControlBlock, type OperationEvent } from './control-block.ts';

interface WorkerStart {
  readonly calls: MessagePort;
  readonly events: MessagePort;
  readonly memory: SharedArrayBuffer;
  readonly computerEntry: string;
}

const start = workerData as WorkerStart;
const block = new ControlBlock(start.memory);

function report(event: OperationEvent): void {
  start.events.postMessage(event);
}

/** For what must be on record before the work goes on. */
function reportAndWait(event: OperationEvent): void {
  const before = block.acknowledged;
  report(event);
  block.waitForAcknowledgement(before);
}

function controlFor(workers: number | undefined): Control {
  return {
    workers: workers ?? defaultWorkers(),
    computerEntry: start.computerEntry,
    throwIfCancelled() {
      if (block.cancelled) throw new Failure('operation.cancelled', {});
    },
    begin(phase: JobPhase, totalBytes: number, item?: string) {
      block.restartCounter();
      report({ kind: 'began', phase, item: item ?? null, totalBytes });
    },
    advance: (bytes) => block.addDone(bytes),
    partialCreated: (path) => reportAndWait({ kind: 'partial-created', path }),
    partialGone: (path) => reportAndWait({ kind: 'partial-gone', path }),
  };
}

const os = implement(workerContract).use(async ({ next }) => {
  try {
    return await next();
  } catch (error) {
    throw new ORPCError('FAILURE', { defined: true, data: Failure.from(error).toData() });
  }
});

const router = os.router({
  formats: os.formats.handler(() => describeFormats()),
  wrappers: os.wrappers.handler(() => describeWrappers()),
  inspect: os.inspect.handler(({ input }) => inspect(input.source, controlFor(0), input.verify ?? false)),
  inspectPackage: os.inspectPackage.handler(({ input }) => inspectPackage(input.path)),
  map: os.map.handler(({ input }) => mapImage(input.source, controlFor(0))),
  hash: os.hash.handler(({ input }) => hashImage(input.source, controlFor(input.workers))),
  compare: os.compare.handler(({ input }) =>
    compareImages(input.first, input.second, controlFor(input.workers)),
  ),
  verifyPackage: os.verifyPackage.handler(({ input }) => verifyPackage(input.path, controlFor(0))),
  planConversion: os.planConversion.handler(({ input }) => planConversion(input, controlFor(0))),
  convert: os.convert.handler(({ input }) => convert(input, controlFor(input.workers))),
  planExtraction: os.planExtraction.handler(({ input }) => planExtraction(input, controlFor(0))),
  extract: os.extract.handler(({ input }) => extract(input, controlFor(input.workers))),
  create: os.create.handler(({ input }) => createImage(input, controlFor(0))),
  resize: os.resize.handler(({ input }) => resizeImage(input, controlFor(undefined))),
  check: os.check.handler(({ input }) => checkImage(input.source, controlFor(0))),
  repair: os.repair.handler(({ input }) => repairImage(input, controlFor(0))),
  undoRepair: os.undoRepair.handler(({ input }) => undoRepair(input.path, input.backupPath)),
  listFiles: os.listFiles.handler(({ input }) => listFiles(input, controlFor(0))),
  extractFiles: os.extractFiles.handler(({ input }) => extractFiles(input, controlFor(0))),
  builders: os.builders.handler(() => describeBuilders()),
  planBuild: os.planBuild.handler(({ input }) => planBuild(input, controlFor(0))),
  build: os.build.handler(({ input }) => build(input, controlFor(input.workers))),
});

new RPCHandler(router).upgrade(start.calls);
