/** Images in clouds, for the window. */
import type { CloudImageBook } from './cloud-image-book.ts';
import type { Implementer } from './implementer.ts';
import { withAbsolutePaths } from './paths.ts';

export interface CloudImageServiceParts {
  readonly cloudImages: () => Promise<CloudImageBook>;
}

export function implementCloudImages(
  os: Implementer['cloudImages'],
  { cloudImages }: CloudImageServiceParts,
) {
  return {
    list: os.list.handler(async ({ input, signal }) => (await cloudImages()).list(input.account, signal)),
    change: os.change.handler(async ({ input, signal }) => {
      const { account, id, change } = input;
      return (await cloudImages()).change(account, id, withAbsolutePaths(change), signal);
    }),
    delete: os.delete.handler(async ({ input, signal }) =>
      (await cloudImages()).delete(input.account, input.id, signal),
    ),
    records: os.records.handler(async () => (await cloudImages()).records()),
    cleanUp: os.cleanUp.handler(async ({ input, signal }) =>
      (await cloudImages()).cleanUp(input.account, signal),
    ),
  };
}
