// A small disk that fills up: a tmpfs of its own size. Needs root, as mounting does.
import { execFileSync } from 'node:child_process';
import { mkdirSync, statfsSync } from 'node:fs';

import { isContinuousIntegration } from './tool-paths.ts';

export interface SmallDisk {
  readonly folder: string;
  readonly freeBytes: number;
  unmount(): void;
}

/** Mounts one; null where that is not allowed, which is said on stderr. @throws on CI, where it has to be. */
export function mountSmallDisk(folder: string, sizeBytes: number): SmallDisk | null {
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    if (isContinuousIntegration()) throw error;
    process.stderr.write('skipped: a small disk can only be mounted by root\n');
    return null;
  }
  return {
    folder,
    get freeBytes() {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    },
    // Lazily, since a program that still looks into it would keep it.
    unmount: () => void execFileSync('umount', ['-l', folder]),
  };
}
