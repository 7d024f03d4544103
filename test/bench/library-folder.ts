/** A folder of small image files of all formats, for measuring the library: the same files every time. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeSpecimens } from '../fuzz/specimens.ts';

const filesPerFolder = 250;
/** Long ago, so that no file is taken for one that is still being written. */
const modifiedSeconds = 1_700_000_000;

/**
 * Fills `folder` with `count` images: every format and variant that Platter writes, and one file in eight that is none.
 * @returns how many of them are images.
 */
export function fillFolder(folder: string, count: number): number {
  const scratch = mkdtempSync(join(tmpdir(), 'platter-specimens-'));
  try {
    const specimens = makeSpecimens(scratch);
    let images = 0;
    for (let index = 0; index < count; index++) {
      const below = join(folder, `shelf-${Math.floor(index / filesPerFolder)}`);
      if (index % filesPerFolder === 0) mkdirSync(below, { recursive: true });
      const specimen = specimens[index % specimens.length]!;
      const isImage = index % 8 !== 7;
      const path = join(below, isImage ? `disk-${index}.${specimen.extension}` : `notes-${index}.txt`);
      writeFileSync(path, isImage ? specimen.bytes : `Note ${index}: ${'harbour light, '.repeat(400)}`);
      utimesSync(path, modifiedSeconds, modifiedSeconds + index);
      if (isImage) images += 1;
    }
    return images;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

// A process of its own keeps what making the files takes out of what is measured.
const [, script, folder, count] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  process.stdout.write(`${fillFolder(folder!, Number(count))}\n`);
}
