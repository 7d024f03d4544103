/** Moving bytes that are in memory to the places that a writer gives them. */
import type { DiskWriter } from './driver.ts';

/** Writes `data`, whole units of plain bytes at `virtualOffset` (the last may be cut by the capacity). */
export function writePlain(writer: DiskWriter, virtualOffset: number, data: Uint8Array): void {
  for (const place of writer.placePlain!(virtualOffset, data.length)) {
    const at = place.virtualOffset - virtualOffset;
    place.sink.write(place.fileOffset, data.subarray(at, at + place.lengthBytes));
  }
}
