/** The library file, as a window sees it. */
import type { Broadcast } from '../jobs/broadcast.ts';
import type { Implementer } from './implementer.ts';
import { absolutePath } from './paths.ts';
import type { UpkeepKeeper } from './upkeep-keeper.ts';

export interface UpkeepServiceParts {
  readonly keeper: UpkeepKeeper;
  readonly upkeepEvents: Broadcast<'changed'>;
}

export function implementUpkeep(os: Implementer['upkeep'], { keeper, upkeepEvents }: UpkeepServiceParts) {
  return {
    state: os.state.handler(() => keeper.state()),
    watch: os.watch.handler(({ signal }) => upkeepEvents.watch(signal)),
    verify: os.verify.handler(() => keeper.verify()),
    backUp: os.backUp.handler(() => keeper.backUp()),
    restore: os.restore.handler(({ input }) => keeper.restore(input.name)),
    exportTo: os.exportTo.handler(({ input }) => keeper.exportTo(absolutePath(input.folder))),
    importFrom: os.importFrom.handler(({ input }) => keeper.importFrom(absolutePath(input.path), input.mode)),
    move: os.move.handler(({ input }) => keeper.move(input.folder && absolutePath(input.folder))),
    dismissRescue: os.dismissRescue.handler(() => keeper.dismissRescue()),
  };
}
