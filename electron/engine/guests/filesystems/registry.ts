/** Every file system whose files Platter lists, and which one a volume holds. */
import type { ByteSource } from '../../bytes/source.ts';
import type { FileSystemDriver } from './driver.ts';
import { ext } from './ext/index.ts';
import { fat } from './fat/index.ts';
import { iso9660 } from './iso9660/index.ts';
import { udf } from './udf/index.ts';
import { xfs } from './xfs/index.ts';

/** In the order of asking: where UDF and ISO 9660 share a medium, UDF may hold files that are too large for the other. */
export const fileSystemDrivers: readonly FileSystemDriver[] = [ext, xfs, fat, udf, iso9660];

/** The driver for what the volume holds; null when it is none of them. */
export function probeFileSystem(volume: ByteSource): FileSystemDriver | null {
  return fileSystemDrivers.find((driver) => driver.probe(volume) === 'certain') ?? null;
}
