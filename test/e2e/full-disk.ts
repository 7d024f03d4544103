/** A small disk that fills up, for tests of the window. Needs root, as mounting does. */
import { mountSmallDisk, type SmallDisk } from '../setup/small-disk.ts';
import { test } from './app.ts';

/** Mounts one; where that is not allowed, the test is skipped with a line, and fails on CI. */
export function mountTmpfs(folder: string, sizeBytes: number): SmallDisk {
  const disk = mountSmallDisk(folder, sizeBytes);
  test.skip(disk === null, 'a small disk can only be mounted by root');
  return disk!;
}
