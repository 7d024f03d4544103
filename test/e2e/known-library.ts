/** A library of which much is known, as if somebody had worked with it for years: systems, tags, makings, contents. Its files are small. */
import { createHash } from 'node:crypto';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { ImageKind } from '#shared/domain/image.ts';
import type { Origin, TagColor } from '#shared/domain/library.ts';
import { annotate, changeTag, listTags } from '../../electron/catalogue/annotations.ts';
import { recordContent } from '../../electron/catalogue/contents.ts';
import { openCatalogue, type Catalogue } from '../../electron/catalogue/database.ts';
import { recordGuest, recordMadeImage, rememberImage } from '../../electron/catalogue/images.ts';
import type { Places } from './places.ts';

interface KnownEntry {
  readonly name: string;
  readonly kind?: ImageKind;
  readonly format: string;
  readonly guest?: string;
  readonly gibibytes?: number;
  readonly tags?: readonly string[];
  readonly rating?: number;
  /** The name of what it was made from, and how. */
  readonly from?: readonly [how: Origin['kind'], name: string, disk?: string];
  /** Stand for the digests of its blocks. */
  readonly blocks?: readonly number[];
}

const blocks = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

const shelf: readonly KnownEntry[] = [
  {
    name: 'vendor/lighthouse.ova',
    kind: 'package',
    format: 'ova',
    guest: 'Debian GNU/Linux 12 (64-bit)',
    tags: ['prod'],
    rating: 5,
  },
  {
    name: 'servers/lighthouse-disk1.vmdk',
    format: 'vmdk',
    guest: 'debian 12',
    gibibytes: 20,
    tags: ['prod'],
    from: ['extracted', 'vendor/lighthouse.ova', 'disk1'],
    blocks: blocks(0, 900),
  },
  {
    name: 'servers/lighthouse.qcow2',
    format: 'qcow2',
    guest: 'debian 12',
    gibibytes: 20,
    tags: ['prod', 'cloud'],
    rating: 4,
    from: ['converted', 'servers/lighthouse-disk1.vmdk'],
    blocks: blocks(0, 900),
  },
  {
    name: 'clouds/lighthouse-openstack.qcow2',
    format: 'qcow2',
    guest: 'debian 12',
    gibibytes: 20,
    tags: ['cloud'],
    from: ['prepared', 'servers/lighthouse.qcow2'],
    blocks: blocks(0, 880),
  },
  {
    name: 'clouds/lighthouse-azure.vhd',
    format: 'vhd',
    guest: 'debian 12',
    gibibytes: 20,
    tags: ['cloud'],
    from: ['converted', 'servers/lighthouse.qcow2'],
    blocks: blocks(0, 900),
  },
  {
    name: 'vendor/lighthouse-repacked.ova',
    kind: 'package',
    format: 'ova',
    guest: 'Debian_64',
    from: ['built', 'servers/lighthouse.qcow2'],
  },
  {
    name: 'desktops/ubuntu-24.04-desktop.qcow2',
    format: 'qcow2',
    guest: 'ubuntu 24.04',
    gibibytes: 40,
    tags: ['lab'],
    rating: 3,
    blocks: blocks(2000, 2600),
  },
  {
    name: 'desktops/windows-11.vdi',
    format: 'vdi',
    guest: 'windows',
    gibibytes: 64,
    tags: ['lab', 'licensed'],
    blocks: blocks(3000, 3900),
  },
  { name: 'desktops/fedora-41.qcow2', format: 'qcow2', guest: 'fedora 41', gibibytes: 30, rating: 4 },
  { name: 'servers/freebsd-14.raw', format: 'raw', guest: 'FreeBSD (64-bit)', gibibytes: 10 },
  { name: 'servers/rhel-9.4.qcow2', format: 'qcow2', guest: 'rhel 9.4', gibibytes: 20, tags: ['licensed'] },
  { name: 'servers/alpine-3.20.qcow2', format: 'qcow2', guest: 'alpine 3.20', gibibytes: 2, rating: 5 },
  { name: 'servers/amazon-2023.vmdk', format: 'vmdk', guest: 'amzn 2023', gibibytes: 8 },
  { name: 'desktops/arch.qcow2', format: 'qcow2', guest: 'arch', gibibytes: 16 },
  { name: 'servers/suse-15.vhdx', format: 'vhdx', guest: 'sles 15.5', gibibytes: 24 },
  { name: 'archive/tide-gauge-2019.img', format: 'raw', gibibytes: 4 },
];

const colors: Readonly<Record<string, TagColor>> = {
  prod: 'red',
  cloud: 'blue',
  lab: 'green',
  licensed: 'purple',
};
const minuteMilliseconds = 60_000;
/** The newest entries of all: they stand first in the list. */
const addedAtOf = (index: number): string =>
  new Date(Date.now() - (shelf.length - index) * minuteMilliseconds).toISOString();

/** Puts it beside what is there. Platter does not run meanwhile. @returns its folder. */
export function makeKnownLibrary(places: Places): string {
  const folder = join(places.home, 'Shelf');
  const catalogue = openCatalogue(join(places.library, 'library.sqlite'));
  try {
    for (const [index, entry] of shelf.entries()) put(catalogue, folder, index, entry);
    for (const tag of listTags(catalogue)) {
      const color = colors[tag.name];
      if (color !== undefined) changeTag(catalogue, tag.id, { color });
    }
  } finally {
    catalogue.close();
  }
  return folder;
}

function put(catalogue: Catalogue, folder: string, index: number, entry: KnownEntry): void {
  const path = join(folder, entry.name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.alloc((40 + ((index * 37) % 90)) << 10, `${entry.name}\n`));
  const { size, blocks: sectors, mtimeMs } = statSync(path);
  const image = {
    path,
    kind: entry.kind ?? 'disk',
    format: entry.format,
    variant: null,
    virtualSizeBytes: entry.gibibytes === undefined ? null : entry.gibibytes * 2 ** 30,
    fileSizeBytes: size,
    allocatedBytes: sectors * 512,
    modifiedMilliseconds: mtimeMs,
  };
  const addedAt = addedAtOf(index);
  const { from } = entry;
  const made =
    from === undefined
      ? rememberImage(catalogue, image, addedAt)
      : recordMadeImage(
          catalogue,
          {
            ...image,
            sha256: null,
            origin: {
              kind: from[0],
              sourcePath: join(folder, from[1]),
              disk: from[2] ?? null,
              format: entry.format,
              options: {},
            },
          },
          addedAt,
        );
  if (entry.guest !== undefined) recordGuest(catalogue, path, entry.guest);
  const addTags = entry.tags ?? [];
  if (addTags.length > 0 || entry.rating !== undefined) {
    annotate(catalogue, [made.id], {
      addTags,
      ...(entry.rating === undefined ? {} : { rating: entry.rating }),
    });
  }
  if (entry.blocks !== undefined) know(catalogue, made.id, path, entry.blocks);
}

function know(catalogue: Catalogue, id: number, path: string, digests: readonly number[]): void {
  const { size, blocks: sectors, mtimeMs, dev, ino } = statSync(path);
  const words = BigUint64Array.from(digests, BigInt);
  const stamp = {
    device: String(dev),
    inode: String(ino),
    born: '',
    sizeBytes: size,
    modifiedMilliseconds: mtimeMs,
  };
  recordContent(
    catalogue,
    id,
    {
      root: createHash('sha256').update(words).digest('hex'),
      virtualSizeBytes: 20 * 2 ** 30,
      distinctBlocks: words.length,
      blocks: new Uint8Array(words.buffer),
      files: [{ path, role: 'image', allocatedBytes: sectors * 512, stamp }],
    },
    addedAtOf(0),
  );
}
