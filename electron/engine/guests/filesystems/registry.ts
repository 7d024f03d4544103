/** Every file system whose files Platter lists, and which one a volume holds. */
import type { ByteSource } from '../../bytes/source.ts';
import type { FileSystemDriver } from './driver.ts';

/** In the order of asking. */
export const fileSystemDrivers: readonly FileSystemDriver[] = [];

/** The driver for what the volume holds; null when it is none of them. */
export function probeFileSystem(volume: ByteSource): FileSystemDriver | null {
  return fileSystemDrivers.find((driver) => driver.probe(volume) === 'certain') ?? null;
}
