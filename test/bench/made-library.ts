/** A library of very many entries, made row by row: the same one every time, in a watched folder of sparse files. */
import { closeSync, fstatSync, ftruncateSync, futimesSync, mkdirSync, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { openCatalogue, type Catalogue } from '../../electron/catalogue/database.ts';
import { addWatchedFolder, recordScan } from '../../electron/catalogue/folders.ts';
import { LibraryIndex } from '../../electron/catalogue/library-index.ts';
import { changeSettings } from '../../electron/catalogue/settings.ts';
import { recordSeenFolder } from '../../electron/catalogue/sightings.ts';
import { recogniserVersion } from '../../shared/domain/scan.ts';

const systems = ['debian', 'ubuntu', 'fedora', 'windows-server', 'alpine', 'rocky', 'opensuse', 'freebsd'];
const roles = ['web', 'database', 'build', 'router', 'mail', 'storage', 'desktop', 'monitoring', 'gateway'];
const places = ['berlin', 'osaka', 'lagos', 'lima', 'oslo', 'perth', 'quito', 'turin', 'delhi', 'boston'];
const formats = [
  ['qcow2', 'qcow2', 'v3'],
  ['vmdk', 'vmdk', 'monolithicSparse'],
  ['vdi', 'vdi', 'dynamic'],
  ['vhdx', 'vhdx', 'dynamic'],
  ['vhd', 'vhd', 'dynamic'],
  ['raw', 'img', null],
  ['ova', 'ova', null],
  ['iso', 'iso', null],
] as const;
const tags = ['production', 'staging', 'old', 'golden', 'customer', 'to-check', 'licence'];
const colors = ['red', 'orange', 'gray', 'yellow', 'green', 'blue', 'purple'];
const origins = ['converted', 'extracted', 'built'];
/** One overlay in so many has its base in the library; one content in so many is that of another entry, too. */
const overlayEvery = 20;
const contentEvery = 10;
const contentsAlike = 3;
const blocksKnown = 64;
const newest = Date.parse('2026-06-01T12:00:00Z');
const minute = 60_000;

/** Numbers that look drawn by lot, from the number of the entry and of the question. */
function lot(index: number, question: number, outOf: number): number {
  let hash = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(question + 7, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return ((hash ^ (hash >>> 13)) >>> 0) % outOf;
}

const digest = (number: number): string => number.toString(16).padStart(8, '0').repeat(8);

function folderOf(root: string, index: number): string {
  return `${root}/${places[lot(index, 1, places.length)]!}/${roles[lot(index, 2, roles.length)]!}/rack-${lot(index, 3, 25)}`;
}

/** The path of an entry: a folder, a system, a role and a number, as people name their images. */
export function madePath(root: string, index: number): string {
  const [, extension] = formats[lot(index, 4, formats.length)]!;
  const [system, role] = [systems[lot(index, 5, systems.length)]!, roles[lot(index, 6, roles.length)]!];
  return `${folderOf(root, index)}/${system}-${1 + lot(index, 7, 30)}-${role}-${index}.${extension}`;
}

/**
 * A sparse file of that size, as a scan has seen it: then nothing is missing or to be opened again when Platter starts.
 * @returns its number.
 */
function putFile(catalogue: Catalogue, path: string, sizeBytes: number, modified: number): bigint {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'wx');
  try {
    ftruncateSync(file, sizeBytes);
    futimesSync(file, modified / 1000, modified / 1000);
    const { dev, ino } = fstatSync(file, { bigint: true });
    catalogue.run(
      `INSERT INTO seen_files (folder, name, device, inode, size_bytes, modified_milliseconds, recogniser)
       VALUES (@folder, @name, @device, @inode, @sizeBytes, @modified, ${recogniserVersion})`,
      {
        folder: dirname(path),
        name: basename(path),
        device: String(dev),
        inode: String(ino),
        sizeBytes,
        modified,
      },
    );
    return ino;
  } finally {
    closeSync(file);
  }
}

function putEntry(catalogue: Catalogue, root: string, index: number): void {
  const path = madePath(root, index);
  const sizeBytes = (1 + lot(index, 11, 40_000)) * 2 ** 20;
  const missing = Number(lot(index, 13, 200) === 0);
  const [format, , variant] = formats[lot(index, 4, formats.length)]!;
  const modified = newest - lot(index, 8, 900_000) * minute;
  const origin = lot(index, 9, 12) < origins.length ? origins[lot(index, 9, 12)]! : null;
  catalogue.run(
    `INSERT INTO images (path, kind, format, variant, virtual_size_bytes, file_size_bytes, allocated_bytes,
       modified_milliseconds, device, inode, born, fingerprint, origin, added_at, missing, rating, note, guest)
     VALUES (@path, @kind, @format, @variant, @virtual, @size, @size, @modified, '64769', @inode, '0', @fingerprint,
       @origin, @addedAt, @missing, @rating, @note, @guest)`,
    {
      path,
      kind: format === 'ova' ? 'package' : format === 'iso' ? 'optical' : 'disk',
      format,
      variant,
      virtual: (1 + lot(index, 10, 64)) * 2 ** 30,
      size: sizeBytes,
      modified,
      inode: String(missing === 1 ? 1_000_000 + index : putFile(catalogue, path, sizeBytes, modified)),
      fingerprint: digest(lot(index, 12, 2 ** 31)),
      origin: origin && JSON.stringify({ kind: origin, sourcePath: madePath(root, index + 1) }),
      addedAt: new Date(newest - Math.floor(index / 128) * minute).toISOString(),
      missing,
      rating: lot(index, 14, 10) === 0 ? 1 + lot(index, 15, 5) : null,
      note:
        lot(index, 16, 25) === 0
          ? `Made for ${places[lot(index, 17, places.length)]!}, see ticket ${index}.`
          : null,
      guest: `${systems[lot(index, 5, systems.length)]!} ${1 + lot(index, 7, 30)}`,
    },
  );
  if (lot(index, 18, 5) === 0) {
    catalogue.run('INSERT INTO image_tags VALUES (@id, @tag)', {
      id: index + 1,
      tag: 1 + lot(index, 19, tags.length),
    });
  }
}

function putRelations(catalogue: Catalogue, root: string, index: number): void {
  if (index % overlayEvery === 1) {
    catalogue.run(
      `INSERT INTO file_references (path, ordinal, role, name, target, required, found)
       VALUES (@path, 0, 'parent', 'base', @target, 1, 1)`,
      { path: madePath(root, index), target: madePath(root, index - 1 - (index % (overlayEvery * 3))) },
    );
  }
  if (index % contentEvery === 0) {
    catalogue.run(
      `INSERT INTO image_contents (image_id, root, virtual_size_bytes, distinct_blocks, blocks, read_at)
       VALUES (@id, @root, 1073741824, ${blocksKnown}, zeroblob(${blocksKnown * 8}), '2026-06-01T00:00:00.000Z')`,
      { id: index + 1, root: digest(Math.floor(index / contentEvery / contentsAlike) * 7 + 1) },
    );
    catalogue.run(
      `INSERT INTO image_content_files (image_id, path, role, device, inode, size_bytes, allocated_bytes,
         modified_milliseconds)
       SELECT id, path, 'image', device, inode, file_size_bytes, allocated_bytes, modified_milliseconds
       FROM images WHERE id = @id`,
      { id: index + 1 },
    );
  }
}

/**
 * Fills the library at `path` with `count` entries, their words indexed and the index kept, and the new folder `root` with
 * their files. All was looked into; nothing more is read in the background, so that each run measures the same.
 */
export function makeLibrary(path: string, root: string, count: number): void {
  const catalogue = openCatalogue(path);
  mkdirSync(root);
  catalogue.transaction(() => {
    for (const [index, name] of tags.entries()) {
      catalogue.run('INSERT INTO tags (name, color) VALUES (@name, @color)', { name, color: colors[index]! });
    }
    for (let index = 0; index < count; index++) putEntry(catalogue, root, index);
    for (let index = 0; index < count; index++) putRelations(catalogue, root, index);
    const { id } = addWatchedFolder(catalogue, root, new Date(newest).toISOString());
    recordScan(catalogue, id, new Date(newest).toISOString());
    recordSeenFolder(catalogue, root, null, null);
    for (const folder of catalogue.column<string>('SELECT DISTINCT folder FROM seen_files')) {
      for (let at = folder; at !== root; at = dirname(at)) recordSeenFolder(catalogue, at, dirname(at), null);
    }
    catalogue.run('INSERT INTO guest_looks SELECT id, coalesce(modified_milliseconds, 0) FROM images');
    changeSettings(catalogue, { contents: 'off' });
  });
  // As any run leaves it.
  const index = new LibraryIndex(catalogue);
  index.refresh();
  index.keep();
  catalogue.close();
}
