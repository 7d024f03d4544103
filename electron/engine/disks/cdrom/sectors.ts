/** Tells data sectors of a raw CD image from audio and from other files, by sync pattern and address. */
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { framesPerSecond, rawSectorBytes, sectorHeader, syncPattern } from './layout.ts';

export interface SectorAddress {
  /** In frames from the beginning of the disc. */
  readonly frame: number;
  readonly mode: number;
}

/** What the header of sector `index` says; null for a sector without sync, or with a header that cannot be. */
export function sectorAddress(file: ByteSource, index: number): SectorAddress | null {
  const at = index * rawSectorBytes;
  if (at + rawSectorBytes > file.sizeBytes) return null;
  return addressIn(readBytes(file, at, sectorHeader.sizeBytes), 0);
}

/** The same for a sector in memory, at `at`. */
export function addressIn(raw: Uint8Array, at: number): SectorAddress | null {
  const { sync, minute, second, frame, mode } = sectorHeader.decode(raw, at);
  if (!sync.every((byte, place) => byte === syncPattern[place])) return null;
  const [minutes, seconds, frames] = [decimal(minute), decimal(second), decimal(frame)];
  if (minutes === null || seconds === null || frames === null) return null;
  if (seconds > 59 || frames >= framesPerSecond || (mode !== 1 && mode !== 2)) return null;
  return { frame: (minutes * 60 + seconds) * framesPerSecond + frames, mode };
}

/** Whether the file begins like the image of a data track: several sectors, each at the address after the one before. */
export function looksRaw(file: ByteSource): boolean {
  const first = sectorAddress(file, 0);
  if (first === null) return false;
  const sectors = Math.floor(file.sizeBytes / rawSectorBytes);
  if (sectors < 2) return false;
  return [1, 2, 16].every((index) => {
    if (index >= sectors) return true;
    const address = sectorAddress(file, index);
    return address?.frame === first.frame + index && address.mode === first.mode;
  });
}

/**
 * The sectors from the start that are data of the first one's track. Tracks do not alternate within a data track, so the
 * border is searched by halves: a few reads, however long the image.
 */
export function dataSectorCount(file: ByteSource): number {
  const first = sectorAddress(file, 0);
  if (first === null) return 0;
  let known = 1;
  let beyond = Math.floor(file.sizeBytes / rawSectorBytes) + 1;
  while (beyond - known > 1) {
    const count = Math.floor((known + beyond) / 2);
    const address = sectorAddress(file, count - 1);
    if (address?.frame === first.frame + count - 1 && address.mode === first.mode) known = count;
    else beyond = count;
  }
  return known;
}

function decimal(byte: number): number | null {
  const [tens, ones] = [byte >>> 4, byte & 15];
  return tens > 9 || ones > 9 ? null : tens * 10 + ones;
}
