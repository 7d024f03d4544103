/** A folder of small image files of all formats, for measuring the library: the same files every time. */
import {
  closeSync,
  ftruncateSync,
  futimesSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { noise } from '../electron/engine/pattern.ts';
import { makeSpecimens } from '../fuzz/specimens.ts';

const filesPerFolder = 250;
/** Long ago, so that no file is taken for one that is still being written. */
const modifiedSeconds = 1_700_000_000;
const blockBytes = 4096;
/** Little data: what a scan looks at is the same, and ten thousand files fit into memory. */
const smallDisk = { capacityBytes: 1 << 20, pieces: [{ at: 0, bytes: noise(5000, 41) }] };

interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/**
 * Fills `folder` with `count` images: every format and variant that Platter writes, and one file in eight that is none.
 * @returns how many of them are images.
 */
export function fillFolder(folder: string, count: number): number {
  const scratch = mkdtempSync(join(tmpdir(), 'platter-specimens-'));
  try {
    const specimens = makeSpecimens(scratch, smallDisk).map(({ extension, bytes }) => ({
      extension,
      lengthBytes: bytes.length,
      pieces: piecesOf(bytes),
    }));
    let images = 0;
    for (let index = 0; index < count; index++) {
      const below = join(folder, `shelf-${Math.floor(index / filesPerFolder)}`);
      if (index % filesPerFolder === 0) mkdirSync(below, { recursive: true });
      const specimen = specimens[index % specimens.length]!;
      const isImage = index % 8 !== 7;
      const path = join(below, isImage ? `disk-${index}.${specimen.extension}` : `notes-${index}.txt`);
      const note = Buffer.from(`Note ${index}: ${'harbour light, '.repeat(400)}`);
      const { pieces, lengthBytes } = isImage
        ? specimen
        : { pieces: [{ at: 0, bytes: note }], lengthBytes: note.length };
      writePieces(path, pieces, lengthBytes, modifiedSeconds + index);
      if (isImage) images += 1;
    }
    return images;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The pieces of a file that are not zeros: the rest becomes holes. */
function piecesOf(bytes: Uint8Array): Piece[] {
  const zeros = new Uint8Array(blockBytes);
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const block = bytes.subarray(at, at + blockBytes);
    if (Buffer.compare(block, zeros.subarray(0, block.length)) !== 0) pieces.push({ at, bytes: block });
  }
  return pieces;
}

function writePieces(path: string, pieces: readonly Piece[], lengthBytes: number, modified: number): void {
  const file = openSync(path, 'wx');
  try {
    for (const { at, bytes } of pieces) writeSync(file, bytes, 0, bytes.length, at);
    ftruncateSync(file, lengthBytes);
    futimesSync(file, modified, modified);
  } finally {
    closeSync(file);
  }
}

// A process of its own keeps what making the files takes out of what is measured.
const [, script, folder, count] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  process.stdout.write(`${fillFolder(folder!, Number(count))}\n`);
}
