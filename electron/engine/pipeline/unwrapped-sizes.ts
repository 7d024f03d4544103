/** Remembers how large compressed files are decompressed: finding out costs a pass over all of one. */
import { statSync } from 'node:fs';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import type { SizeMemory } from '../archives/decoded-source.ts';

/** Inherited by the threads that this one starts: a compute thread opens the source again. */
const environmentKey = 'platter.unwrapped-sizes';
const rememberedFiles = 64;

type Sizes = Map<string, number>;

/** The memory for the wrapper at `depth` of the file at `path`, as the file is now. */
export function sizeMemoryOf(path: string, depth: number): SizeMemory {
  const { dev, ino, size, mtimeNs } = statSync(path, { bigint: true });
  const key = [dev, ino, size, mtimeNs, depth, path].join(':');
  const sizes = (): Sizes => (getEnvironmentData(environmentKey) as Sizes | undefined) ?? new Map();
  return {
    recall: () => sizes().get(key) ?? null,
    learn(sizeBytes) {
      const known = sizes();
      known.delete(key);
      known.set(key, sizeBytes);
      const [oldest] = known.keys();
      if (known.size > rememberedFiles && oldest !== undefined) known.delete(oldest);
      setEnvironmentData(environmentKey, known);
    },
  };
}
