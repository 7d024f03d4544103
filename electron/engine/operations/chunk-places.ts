/** What of a chunk goes where in the output: the writer gives the places, and the moves are written down. */
import type { Disk } from '../disks/chain.ts';
import type { DiskWriter, Place } from '../disks/driver.ts';
import type { ChunkResult } from '../pipeline/chunk-result.ts';
import type { Moves } from '../pipeline/moves.ts';
import { unitCleared, unitStored, unitZero } from '../pipeline/slots.ts';

/** Gives the runs of units that are alike their places, each in one piece; what is not in the chunk is copied out of `disk`. */
export function placePlainRuns(
  writer: DiskWriter,
  chunk: ChunkResult,
  unitBytes: number,
  disk: Disk,
  moves: Pick<Moves, 'write' | 'copy'>,
): void {
  const unitCount = Math.ceil(chunk.length / unitBytes);
  for (let first = 0; first < unitCount;) {
    const state = chunk.units[first];
    let end = first + 1;
    while (end < unitCount && chunk.units[end] === state) end++;
    const at = first * unitBytes;
    const length = Math.min(end * unitBytes, chunk.length) - at;
    const virtualOffset = chunk.start + at;
    if (state === unitCleared) writer.writeZeros!(virtualOffset, length);
    else if (state === unitStored) {
      for (const place of writer.placePlain!(virtualOffset, length)) {
        if (chunk.inPlace) copyStored(disk, place, moves);
        else {
          moves.write(place.sink, place.fileOffset, place.virtualOffset - chunk.start, place.lengthBytes);
        }
      }
    }
    first = end;
  }
}

/** What is not stored reads as zeros, as places do that nothing is written to. */
function copyStored(
  disk: Disk,
  { sink, fileOffset, virtualOffset, lengthBytes }: Place,
  moves: Pick<Moves, 'copy'>,
): void {
  for (const extent of disk.extents({ start: virtualOffset, length: lengthBytes })) {
    if (extent.state !== 'stored') continue;
    const to = fileOffset + extent.start - virtualOffset;
    moves.copy(sink, to, extent.source, extent.fileOffset, extent.length);
  }
}

/** Gives the units their places, as the encoder made them. */
export function placeEncodedUnits(
  writer: DiskWriter,
  chunk: ChunkResult,
  unitBytes: number,
  moves: Pick<Moves, 'write'>,
): void {
  const unitCount = Math.ceil(chunk.length / unitBytes);
  let at = 0;
  for (let index = 0; index < unitCount; index++) {
    const state = chunk.units[index]!;
    const virtualOffset = chunk.start + index * unitBytes;
    if (state === unitZero) continue;
    if (state === unitCleared) {
      writer.writeZeros!(virtualOffset, Math.min(unitBytes, chunk.start + chunk.length - virtualOffset));
      continue;
    }
    const length = state === unitStored ? unitBytes : state;
    const { sink, fileOffset } = writer.placeEncoded!(virtualOffset, length, state === unitStored);
    moves.write(sink, fileOffset, at, length);
    at += length;
  }
}
