/** The disks whose images are read and written: sizes that matter, contents that differ. */
import { join } from 'node:path';
import { noise, prose, writeRawDisk } from '../../electron/engine/pattern.ts';

export interface TestDisk {
  readonly name: string;
  readonly sizeBytes: number;
  /** A raw file with the disk, sparse. */
  readonly path: string;
}

/** Writes the disks into `folder`. */
export function writeTestDisks(folder: string): readonly TestDisk[] {
  const mebi = 2 ** 20;
  const disks = [
    { name: '1-mib', sizeBytes: mebi, pieces: [{ at: 0, bytes: prose(300_000, 11) }] },
    {
      name: '10-mib-and-a-sector',
      sizeBytes: 10 * mebi + 512,
      pieces: [
        { at: 0, bytes: noise(512, 12) },
        { at: 65_536 - 512, bytes: noise(1024, 13) },
        { at: 3 * mebi, bytes: prose(2 * mebi, 14) },
        { at: 7 * mebi + 4096, bytes: noise(mebi, 15) },
        { at: 10 * mebi, bytes: noise(512, 16) },
      ],
    },
    {
      name: '300-mib',
      sizeBytes: 300 * mebi,
      pieces: [
        { at: 5 * mebi, bytes: prose(mebi, 17) },
        { at: 128 * mebi - 700, bytes: noise(4096, 18) },
        { at: 300 * mebi - 4096, bytes: noise(4096, 19) },
      ],
    },
    {
      name: '3-tib',
      sizeBytes: 3 * 2 ** 40,
      pieces: [
        { at: 0, bytes: noise(4096, 20) },
        { at: 2 ** 40 + 65_536, bytes: prose(200_000, 21) },
        { at: 3 * 2 ** 40 - 4096, bytes: noise(4096, 22) },
      ],
    },
  ];
  return disks.map(({ name, sizeBytes, pieces }) => ({
    name,
    sizeBytes,
    path: writeRawDisk(join(folder, `${name}.raw`), sizeBytes, pieces),
  }));
}
