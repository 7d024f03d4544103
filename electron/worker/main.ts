/** A worker thread's entry: serves the engine's operations over its port. */
import { workerData, type MessagePort } from 'node:worker_threads';
import { implement, ORPCError } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import { workerContract } from '#shared/contract/worker.ts';
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
import { listFolders, stampFiles } from '#engine/operations/list-folders.ts';
import { listFiles } from '#engine/operations/list.ts';
import { overviewOfMap } from '#engine/operations/map-overview.ts';
import { planPreparation, prepare } from '#engine/operations/prepare.ts';
import { preflightFacts } from '#engine/operations/preflight-facts.ts';
import { recogniseFiles } from '#engine/operations/recognise.ts';
import { resizeImage } from '#engine/operations/resize.ts';
import { checkImage, repairImage, undoRepair } from '#engine/operations/structure.ts';
import { verifyPackage } from '#engine/operations/verify.ts';
import { ControlBlock } from './control-block.ts';
import { controlFor } from './operation-control.ts';

interface WorkerStart {
  readonly calls: MessagePort;
  readonly events: MessagePort;
  readonly memory: SharedArrayBuffer;
  readonly computerEntry: string;
}

const { calls, events, memory, computerEntry } = workerData as WorkerStart;
const surroundings = { block: new ControlBlock(memory), events, computerEntry };

/** For what computes with threads of its own. */
const withThreads = (): Control => controlFor(surroundings, true);
const inThisThread = (): Control => controlFor(surroundings, false);

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
  inspect: os.inspect.handler(({ input }) => inspect(input.source, inThisThread(), input.verify ?? false)),
  inspectPackage: os.inspectPackage.handler(({ input }) => inspectPackage(input.path)),
  overviewOfMap: os.overviewOfMap.handler(({ input }) => overviewOfMap(input, inThisThread())),
  preflightFacts: os.preflightFacts.handler(({ input }) => preflightFacts(input.source, inThisThread())),
  hash: os.hash.handler(({ input }) => hashImage(input.source, withThreads())),
  compare: os.compare.handler(({ input }) => compareImages(input.first, input.second, withThreads())),
  verifyPackage: os.verifyPackage.handler(({ input }) => verifyPackage(input.path, inThisThread())),
  planConversion: os.planConversion.handler(({ input }) => planConversion(input, inThisThread())),
  convert: os.convert.handler(({ input }) => convert(input, withThreads())),
  planExtraction: os.planExtraction.handler(({ input }) => planExtraction(input, inThisThread())),
  extract: os.extract.handler(({ input }) => extract(input, withThreads())),
  create: os.create.handler(({ input }) => createImage(input, inThisThread())),
  resize: os.resize.handler(({ input }) => resizeImage(input, withThreads())),
  check: os.check.handler(({ input }) => checkImage(input.source, inThisThread())),
  repair: os.repair.handler(({ input }) => repairImage(input, inThisThread())),
  undoRepair: os.undoRepair.handler(({ input }) => undoRepair(input.path, input.backupPath)),
  planPreparation: os.planPreparation.handler(({ input }) => planPreparation(input, inThisThread())),
  prepare: os.prepare.handler(({ input }) => prepare(input, withThreads())),
  listFiles: os.listFiles.handler(({ input }) => listFiles(input, inThisThread())),
  extractFiles: os.extractFiles.handler(({ input }) => extractFiles(input, inThisThread())),
  builders: os.builders.handler(() => describeBuilders()),
  planBuild: os.planBuild.handler(({ input }) => planBuild(input, inThisThread())),
  build: os.build.handler(({ input }) => build(input, withThreads())),
  listFolders: os.listFolders.handler(({ input }) => listFolders(input.folders)),
  stampFiles: os.stampFiles.handler(({ input }) => stampFiles(input.paths)),
  recogniseFiles: os.recogniseFiles.handler(({ input }) => recogniseFiles(input.paths)),
});

new RPCHandler(router).upgrade(calls);
