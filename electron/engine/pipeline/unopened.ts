/** Units that lie in the source as the target stores them: they are passed on without being decoded. */
import type { Span } from '#shared/domain/image.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { ChainExtent, Disk } from '../disks/chain.ts';
import { encodingSlackBytes, type EncodedExtent, type UnitEncoder } from '../disks/driver.ts';

/** A unit as it lies in a file. */
export interface UnopenedUnit {
  readonly source: ByteSource;
  readonly fileOffset: number;
  readonly lengthBytes: number;
}

/** For each unit of `chunk` how it lies in a file, where the encoder's format takes it like that; null where none does. */
export function unopenedUnits(
  disk: Disk,
  chunk: Span,
  encoder: UnitEncoder,
  unitBytes: number,
): readonly (UnopenedUnit | undefined)[] | null {
  if (encoder.encoding === undefined) return null;
  const units: (UnopenedUnit | undefined)[] = [];
  let last: (EncodedExtent & { index: number }) | null = null;
  const take = (unit: EncodedExtent & { index: number }, next: ChainExtent | null): void => {
    const { source, fileOffset, index } = unit;
    const lengthBytes = lengthOf(unit, next);
    // What would not be smaller than the plain unit has to be stored plain.
    if (lengthBytes <= encoder.maximumBytes) units[index] = { source, fileOffset, lengthBytes };
  };
  for (const extent of disk.extents(chunk)) {
    if (last !== null) take(last, extent);
    const isWhole =
      extent.state === 'encoded' && extent.length === unitBytes && extent.unit.length === unitBytes;
    const encoding = isWhole ? disk.layers[extent.depth]!.reader.encodingOf?.(extent) : null;
    last =
      isWhole && encoding === encoder.encoding
        ? { ...extent, index: (extent.start - chunk.start) / unitBytes }
        : null;
  }
  if (last !== null) take(last, null);
  return units.length === 0 ? null : units;
}

/** Up to the unit that begins in the last sector: what lies behind is that one's, and would be stored twice. */
function lengthOf({ source, fileOffset, encodedBytes }: EncodedExtent, next: ChainExtent | null): number {
  if (next?.state !== 'encoded' || next.source !== source) return encodedBytes;
  const distance = next.fileOffset - fileOffset;
  return distance < encodedBytes && distance >= encodedBytes - encodingSlackBytes ? distance : encodedBytes;
}
