/** Every package format that Platter knows, and which one a file is. */
import type { ByteSource } from '../bytes/source.ts';
import type { PackageDriver } from './driver.ts';

export const packageDrivers: readonly PackageDriver[] = [];

/** The driver for what the file holds; null when it is no package. */
export function probePackage(file: ByteSource): PackageDriver | null {
  return packageDrivers.find((driver) => driver.probe(file) === 'certain') ?? null;
}
