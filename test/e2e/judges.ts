/** What independent programs say of the files that Platter wrote. */
import { statSync } from 'node:fs';

import { runTool } from '../fixtures/appliance-disk.ts';
import { expect } from './app.ts';

/** qemu-img finds the two disks identical, to the last byte that a guest sees. */
export async function expectIdentical(
  sourcePath: string,
  path: string,
  format: string,
  sourceFormat = 'raw',
): Promise<void> {
  const answer = await runTool('qemu-img', ['compare', '-f', sourceFormat, '-F', format, sourcePath, path]);
  expect(answer).toContain('Images are identical.');
}

/** qemu-img finds nothing wrong with the structure of the file. */
export async function expectClean(path: string): Promise<void> {
  expect(await runTool('qemu-img', ['check', path])).toContain('No errors were found on the image.');
}

/** What the file occupies on its disk. */
export function allocatedBytes(path: string): number {
  return statSync(path).blocks * 512;
}
