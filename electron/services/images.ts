/** Looking into images and packages, and planning what to make of them: the calls a person waits for. */
import { dirname } from 'node:path';
import type { sourceReference } from '#shared/contract/images.ts';
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { ImageInfo } from '#shared/domain/image.ts';
import type { BuilderDescription } from '#shared/domain/build.ts';
import type { FormatDescription, WrapperDescription } from '#shared/domain/format.ts';
import type * as z from 'zod';
import type { LibraryEvent } from '#shared/domain/library.ts';
import type { Catalogue } from '../catalogue/database.ts';
import { findImageByPath, recordGuest } from '../catalogue/images.ts';
import type { Broadcast } from '../jobs/broadcast.ts';
import type { ThreadPool } from '../jobs/pool.ts';
import type { WorkerClient } from '../worker/client.ts';
import type { Implementer } from './implementer.ts';
import { absoluteConversion, absoluteExtraction, absolutePath, withAbsolutePaths } from './paths.ts';
import type { RecentFolders } from './recent-folders.ts';

export interface ImageServiceParts {
  readonly pool: ThreadPool;
  readonly recentFolders: RecentFolders;
  readonly catalogue: Catalogue;
  readonly events: Pick<Broadcast<LibraryEvent>, 'publish'>;
}

interface Declarations {
  readonly formats: readonly FormatDescription[];
  readonly wrappers: readonly WrapperDescription[];
  readonly builders: readonly BuilderDescription[];
}

async function declarationsOf(worker: WorkerClient): Promise<Declarations> {
  return {
    formats: await worker.formats(),
    wrappers: await worker.wrappers(),
    builders: await worker.builders(),
  };
}

export function implementImages(os: Implementer['images'], parts: ImageServiceParts) {
  const { pool, recentFolders } = parts;
  let declarations: Promise<Declarations> | null = null;
  /** What the engine declares does not change: one thread is asked once, and again only when that failed. */
  const declare = (): Promise<Declarations> => {
    declarations ??= pool.call(declarationsOf).catch((error: unknown) => {
      declarations = null;
      throw error;
    });
    return declarations;
  };
  const used = (path: string): string => {
    const absolute = absolutePath(path);
    recentFolders.note(dirname(absolute));
    return absolute;
  };
  const sourceOf = (input: z.infer<typeof sourceReference>): SourceReference => {
    const source = withAbsolutePaths(input);
    used(source.path);
    return source;
  };
  return {
    formats: os.formats.handler(async () => (await declare()).formats),
    wrappers: os.wrappers.handler(async () => (await declare()).wrappers),
    builders: os.builders.handler(async () => (await declare()).builders),
    inspect: os.inspect.handler(async ({ input, signal }) => {
      const source = sourceOf(input);
      const info = await pool.call((worker) => worker.inspect({ source }), signal);
      learnSystem(parts, info);
      return info;
    }),
    map: os.map.handler(({ input: { source, span, cells }, signal }) => {
      const request = { source: sourceOf(source), cells, ...(span === undefined ? {} : { span }) };
      return pool.call((worker) => worker.overviewOfMap(request), signal);
    }),
    inspectPackage: os.inspectPackage.handler(({ input, signal }) => {
      const path = used(input.path);
      return pool.call((worker) => worker.inspectPackage({ path }), signal);
    }),
    planExtraction: os.planExtraction.handler(({ input, signal }) => {
      const request = absoluteExtraction(input);
      return pool.call((worker) => worker.planExtraction(request), signal);
    }),
    planConversion: os.planConversion.handler(({ input, signal }) => {
      const request = absoluteConversion(input);
      return pool.call((worker) => worker.planConversion(request), signal);
    }),
    listFiles: os.listFiles.handler(({ input, signal }) => {
      const request = withAbsolutePaths(input);
      return pool.call((worker) => worker.listFiles(request), signal);
    }),
    planBuild: os.planBuild.handler(({ input, signal }) => {
      const request = withAbsolutePaths(input);
      return pool.call((worker) => worker.planBuild(request), signal);
    }),
  };
}

/** Which system is on a disk is known only now: a scan does not look so far. */
function learnSystem({ catalogue, events }: ImageServiceParts, { path, belongings }: ImageInfo): void {
  const guest = belongings?.guest ?? null;
  if (guest === null || !recordGuest(catalogue, path, guest)) return;
  const entry = findImageByPath(catalogue, path);
  if (entry !== null) events.publish({ changed: [entry.id] });
}
