/** The size of a block device, which stat() does not tell: Linux has it in sysfs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** sysfs counts sectors of 512 bytes, whatever the device's own are. */
const sectorBytes = 512;

/**
 * The size in bytes of the device with that number (`rdev` of stat); null where the system does not say: then it cannot
 * be read as a disk. `sysFolder` is where sysfs is mounted.
 */
export function blockDeviceBytes(rdev: number, sysFolder = '/sys'): number | null {
  const { major, minor } = deviceNumbers(rdev);
  try {
    const text = readFileSync(join(sysFolder, 'dev', 'block', `${major}:${minor}`, 'size'), 'latin1');
    const sectors = Number(text.trim());
    return Number.isSafeInteger(sectors * sectorBytes) && sectors >= 0 ? sectors * sectorBytes : null;
  } catch {
    return null;
  }
}

/** glibc's split of a device number: twelve bits of the major above eight of the minor, the rest of both above them. */
function deviceNumbers(rdev: number): { major: number; minor: number } {
  const number = BigInt(rdev);
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & ~0xfffn);
  const minor = (number & 0xffn) | ((number >> 12n) & 0xffff_ff00n);
  return { major: Number(major), minor: Number(minor) };
}
