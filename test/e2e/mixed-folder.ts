/** A folder as people have them: three hundred small files, images of every format among others that are none. */
import { mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import { fillFolder } from '../bench/library-folder.ts';
import { runTool } from '../fixtures/appliance-disk.ts';
import type { Appliance } from '../fixtures/appliance.ts';
import { makeMachine, makeMedium, makePartitionedDisk, makeQcow2 } from './images.ts';
import { provide } from './places.ts';

const fileCount = 300;
/** Long enough ago that nobody takes a file for one that is being written. */
const ageSeconds = 3600;

/** Files that tests know by name. */
export const known = {
  disk: 'tide-gauge.img',
  medium: 'tide-tools.iso',
  package: 'harbour.ova',
  machine: 'beacon.vmx',
  /** The same disk twice. */
  twins: ['lighthouse.qcow2', 'lighthouse.vmdk'],
} as const;

export interface MixedFolder {
  /** Images that were made alike: `disk-0.qcow2` and so on. All of them hold the same disk. */
  readonly alike: number;
  /** What the library lists: a machine is one entry with its disk, and a note is none. */
  readonly entries: number;
}

/** Fills the folder, which must not be there yet. */
export async function makeMixedFolder(folder: string, appliance: Appliance): Promise<MixedFolder> {
  const desk = join(folder, 'desk');
  mkdirSync(desk, { recursive: true });
  await makePartitionedDisk(desk, known.disk);
  await makeMedium(desk, known.medium);
  await makeMachine(desk, known.machine.replace('.vmx', ''));
  const [qcow2, vmdk] = known.twins;
  const twin = await makeQcow2(appliance.disks[1]!.rawPath, desk, qcow2);
  await runTool('qemu-img', ['convert', '-f', 'qcow2', '-O', 'vmdk', twin, join(desk, vmdk)]);
  const made = readdirSync(desk);
  for (const name of made) {
    const time = Date.now() / 1000 - ageSeconds;
    utimesSync(join(desk, name), time, time);
  }
  // Linked, as it is: it belongs to all tests.
  provide(appliance.path, desk, known.package);
  const alike = fillFolder(folder, fileCount - made.length - 1);
  return { alike, entries: alike + Object.values(known).flat().length };
}
