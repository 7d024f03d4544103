/** How large a member of a build becomes, known before it is written: exactly, or at most. */
import type { Member } from '../builders/driver.ts';
import type { Control } from '../control.ts';
import { countUnits } from '../pipeline/chunks.ts';
import { openDisk } from '../pipeline/open.ts';
import { prepareWork } from './write-disk.ts';

/** In bytes. @throws Failure `image.*`, `io.*` of a disk. */
export function sizeOfMember(member: Member, outputPath: string, control: Control): number {
  switch (member.kind) {
    case 'copy':
    case 'stream':
      return member.sizeBytes;
    case 'text':
      return member.reservedBytes;
    case 'disk': {
      const disk = openDisk(member.source);
      try {
        const work = prepareWork(member.source, disk, member.target, { outputPath }, control);
        const { creation, shape } = work.target;
        return creation.outputSize(shape, (bytes) => countUnits(work.spans, bytes)).bytes;
      } finally {
        disk.close();
      }
    }
  }
}
