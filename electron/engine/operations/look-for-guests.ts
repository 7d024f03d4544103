/** look-for-guests: which systems are on disks, by what lies on them. Reads a few small pieces of each. */
import { lstatSync } from 'node:fs';
import type { GuestLook } from '#shared/domain/scan.ts';
import { describeContent } from './content.ts';

/** Never throws for what a file holds: a disk that cannot be read has no system that is known. */
export function lookForGuests(paths: readonly string[]): GuestLook[] {
  return paths.map((path) => {
    const status = lstatSync(path, { throwIfNoEntry: false });
    if (status?.isFile() !== true) return { path, modifiedMilliseconds: null, guest: null };
    const guest = describeContent({ path })?.guest ?? null;
    return { path, modifiedMilliseconds: status.mtimeMs, guest };
  });
}
