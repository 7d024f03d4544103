/** Disks that only hold what differs from another one: `ovf:parentRef` (DSP0243 2.1, section 9.1). */
import type { FileReference, Warning } from '#shared/domain/image.ts';
import { inEnglish } from '#shared/in-english.ts';
import { normaliseName } from '../../archives/member-name.ts';
import type { DiskDescriber, DiskElement, DiskElements } from './disks.ts';

/** Says which disks are deltas, and which of them have no parent that could be had. */
export function requireParents(disks: DiskElements, warn: (warning: Warning) => void): void {
  const loops = disksInLoops(disks);
  for (const disk of disks.all) {
    const { id, parentRef } = disk;
    if (parentRef === null) continue;
    const message = inEnglish('The disk {id} only holds what differs from the disk {parentRef}.', {
      id,
      parentRef,
    });
    warn({ code: 'package.delta-disk', message });
    if (disks.find(parentRef) === null) {
      const missing = `The disk ${id} needs the disk ${parentRef}, which the descriptor does not describe.`;
      warn({ code: 'package.dangling-reference', message: missing });
    } else if (loops.has(disk)) {
      const loop = `The parents of the disk ${id} lead back to it.`;
      warn({ code: 'package.dangling-reference', message: loop });
    }
  }
}

/** The disks whose parents lead back to them. */
function disksInLoops(disks: DiskElements): ReadonlySet<DiskElement> {
  const loops = new Set<DiskElement>();
  const done = new Set<DiskElement>();
  for (const start of disks.all) {
    const way: DiskElement[] = [];
    let next: DiskElement | null = start;
    while (next !== null && !done.has(next)) {
      done.add(next);
      way.push(next);
      next = next.parentRef === null ? null : disks.find(next.parentRef);
    }
    const loopStart = next === null ? -1 : way.indexOf(next);
    if (loopStart !== -1) for (const disk of way.slice(loopStart)) loops.add(disk);
  }
  return loops;
}

/** The parents of the files that hold deltas, by the files' names; each is the name of a file, from the package's root. */
export function statedParents(
  disks: DiskElements,
  describer: DiskDescriber,
): ReadonlyMap<string, FileReference> {
  const parents = new Map<string, FileReference>();
  for (const disk of disks.all) {
    const parent = disk.parentRef === null ? null : disks.find(disk.parentRef);
    const own = parent === null ? null : describer.describe(disk).file;
    if (parent === null || own === null) continue;
    const { file, format } = describer.describe(parent);
    // A parent without a file is empty: nothing shows through.
    if (file !== null)
      parents.set(normaliseName(own), { name: file, format: parent.claimedFormat ?? format });
  }
  return parents;
}
