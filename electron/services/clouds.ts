/** What clouds say of images: the facts come from the engine, the rules are held against them here. */
import { dirname } from 'node:path';
import { describeClouds, preflight } from '../clouds/preflight.ts';
import type { ThreadPool } from '../jobs/pool.ts';
import type { Implementer } from './implementer.ts';
import { withAbsolutePaths } from './paths.ts';
import type { RecentFolders } from './recent-folders.ts';

export interface CloudServiceParts {
  readonly pool: ThreadPool;
  readonly recentFolders: RecentFolders;
}

export function implementClouds(os: Implementer['clouds'], { pool, recentFolders }: CloudServiceParts) {
  return {
    list: os.list.handler(async () => {
      const { transferClouds } = await import('../transfers/registry.ts');
      return describeClouds().map((cloud) => ({
        ...cloud,
        uploads: transferClouds.some(({ id }) => id === cloud.id),
      }));
    }),
    preflight: os.preflight.handler(async ({ input, signal }) => {
      const source = withAbsolutePaths(input);
      recentFolders.note(dirname(source.path));
      return preflight(await pool.call((worker) => worker.preflightFacts({ source }), signal));
    }),
  };
}
