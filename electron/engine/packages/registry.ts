/** Every package format that Platter knows, and which one a file is. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { PackageDriver, PackageReader } from './driver.ts';
import { amiDriver } from './ami/index.ts';
import { boxDriver } from './box/index.ts';
import { ovaDriver } from './ova/index.ts';
import { openDescriptor, ovf } from './ovf/index.ts';
import { parseXml } from './ovf/xml.ts';
import { uec } from './uec/index.ts';

/** In the order of asking: a box for VirtualBox is an OVA too. */
export const packageDrivers = [
  boxDriver(openDescriptor),
  ovaDriver(openDescriptor),
  ovf,
  amiDriver(parseXml),
  uec,
] as const satisfies readonly PackageDriver[];

/** The driver for what the file holds; null when it is no package. */
export function probePackage(file: ByteSource): PackageDriver | null {
  return packageDrivers.find((driver: PackageDriver) => driver.probe(file) === 'certain') ?? null;
}

/**
 * Opens `file` as the package that it is; `folder` is where the files of a descriptor lie. Takes ownership of `file`.
 * @throws Failure `input.invalid` when it is none, `package.*`, `image.truncated`, `io.*`.
 */
export function openPackage(file: ByteSource, folder: string | null): PackageReader {
  const driver = probePackage(file);
  if (driver !== null) return driver.open(file, folder);
  file.close();
  throw new Failure('input.invalid', { problem: inEnglish('{path} is not a package', { path: file.path }) });
}
