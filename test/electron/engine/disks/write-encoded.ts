/** Moving one encoded unit to the place that a writer gives it, for tests that drive writers by hand. */
import type { DiskWriter } from '#engine/disks/driver.ts';

/** Writes one unit as the encoder made it; `stored` is true when it declined and `data` is plain. */
export function writeEncoded(
  writer: DiskWriter,
  virtualOffset: number,
  data: Uint8Array,
  stored: boolean,
): void {
  const { sink, fileOffset } = writer.placeEncoded!(virtualOffset, data.length, stored);
  sink.write(fileOffset, data);
}
