/** Making images ready for a cloud: facts from the engine, the plan from the clouds' folder, the work from the queue. */
import { dirname } from 'node:path';
import type { PlannedPreparation, PreparationPlan, PreparationRequest } from '#shared/domain/preparation.ts';
import { listPresets, removePreset, savePreset } from '../catalogue/metadata-presets.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { describeMetadata } from '../clouds/metadata.ts';
import { planPreparation } from '../clouds/plan.ts';
import { cloudOf } from '../clouds/preflight.ts';
import type { ThreadPool } from '../jobs/pool.ts';
import type { JobKeeper } from '../jobs/keeper.ts';
import type { AccountBook } from './account-book.ts';
import type { HostAbilities } from './host.ts';
import type { Implementer } from './implementer.ts';
import { MetadataDefinitions } from './metadata-definitions.ts';
import { withAbsolutePaths } from './paths.ts';
import type { RecentFolders } from './recent-folders.ts';

export interface PreparationServiceParts {
  readonly catalogue: Catalogue;
  readonly pool: ThreadPool;
  readonly jobs: JobKeeper;
  readonly host: HostAbilities;
  readonly recentFolders: RecentFolders;
  readonly accounts: () => Promise<AccountBook>;
}

export function implementPreparation(os: Implementer['preparation'], parts: PreparationServiceParts) {
  const { catalogue, pool, jobs, host, recentFolders } = parts;
  const definitions = new MetadataDefinitions(parts.accounts);
  const tool = `Platter ${host.version}`;

  async function planFor(
    request: PreparationRequest,
    signal: AbortSignal | undefined,
  ): Promise<PreparationPlan> {
    const { source } = request;
    recentFolders.note(dirname(source.path));
    const [facts, known] = await Promise.all([
      pool.call((worker) => worker.preflightFacts({ source }), signal),
      definitions.of(request.cloud, request.account),
    ]);
    return planPreparation(facts, request, { tool, ...known });
  }

  return {
    plan: os.plan.handler(async ({ input, signal }): Promise<PlannedPreparation> => {
      const plan = await planFor(withAbsolutePaths(input), signal);
      const forecast = await pool.call((worker) => worker.planPreparation(plan.work), signal);
      return { ...plan, forecast };
    }),
    start: os.start.handler(async ({ input, signal }) => {
      const { work } = await planFor(withAbsolutePaths(input), signal);
      recentFolders.note(work.outputFolder);
      return jobs.start({ kind: 'prepare', request: work });
    }),
    metadata: os.metadata.handler(async ({ input, signal }) => {
      const { cloud, source, account, metadata } = withAbsolutePaths(input);
      const { preparation } = cloudOf(cloud);
      const [facts, known] = await Promise.all([
        source === undefined ? null : pool.call((worker) => worker.preflightFacts({ source }), signal),
        definitions.of(cloud, account),
      ]);
      return describeMetadata(preparation, facts, metadata, known);
    }),
    presets: os.presets.handler(({ input }) => listPresets(catalogue, input.cloud)),
    savePreset: os.savePreset.handler(({ input }) => savePreset(catalogue, input)),
    removePreset: os.removePreset.handler(({ input }) => removePreset(catalogue, input.cloud, input.name)),
  };
}
