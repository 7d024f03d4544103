/** The directories of one tree of an image to write: their records, their places, and the path tables. */
import type { ImageEntry, ImageFile, ImageFolder } from './image-tree.ts';
import type { NamedEntry } from './image-names.ts';
import { encodeShortDate } from './dates.ts';
import { continuationArea, directoryRecord, fileFlag, pathTableHead, sectorBytes } from './layout.ts';
import {
  areasOf,
  attributes,
  bytesOf,
  continuationField,
  extensionReference,
  linkFields,
  nameFields,
  sharingProtocol,
} from './rock-ridge-writer.ts';

/** The longest section of a file: whole blocks, counted in 32 bits. */
export const longestSection = 2 ** 32 - sectorBytes;
/** Path tables number parents in 16 bits. */
export const maximumFolders = 65_535;

interface PlannedFolder {
  readonly folder: ImageFolder;
  readonly identifier: Uint8Array;
  readonly parent: PlannedFolder | null;
  /** From 1, in the order of the path table. */
  readonly number: number;
  readonly children: readonly NamedEntry[];
  readonly childFolders: Map<ImageEntry, PlannedFolder>;
  sector: number;
  directoryBytes: number;
  continuationBytes: number;
  /** The serial number of its first entry; folders have their own number. */
  firstSerial: number;
}

interface Flavour {
  readonly rockRidge: boolean;
  /** Names and sorts what a folder holds. */
  name(entries: readonly ImageEntry[]): NamedEntry[];
}

interface PlannedRecord {
  readonly identifier: Uint8Array;
  readonly flags: number;
  readonly modified: Date;
  readonly lengthBytes: number;
  /** Known when everything has its place. */
  sector(): number;
  readonly areas: readonly (readonly Uint8Array[])[];
}

/** The directories of one tree. First `place`, then `encode` and `pathTable`. */
export class DirectoryPlan {
  /** In the order of the path table: level by level, in each by parent and name (6.9.1). */
  readonly folders: readonly PlannedFolder[];
  readonly #flavour: Flavour;
  readonly #sectorOf: (file: ImageFile) => number;

  /** `sectorOf` tells where a file's content begins; it is asked by `encode` only. */
  constructor(root: ImageFolder, flavour: Flavour, sectorOf: (file: ImageFile) => number) {
    this.#flavour = flavour;
    this.#sectorOf = sectorOf;
    const folders = [plannedFolder(root, Uint8Array.of(0), null, 1, flavour)];
    for (let index = 0; index < folders.length; index++) {
      const parent = folders[index]!;
      for (const { entry, identifier } of parent.children) {
        if (entry.kind !== 'folder') continue;
        const planned = plannedFolder(entry, identifier, parent, folders.length + 1, flavour);
        parent.childFolders.set(entry, planned);
        folders.push(planned);
      }
    }
    this.folders = folders;
    let serial = folders.length + 1;
    for (const folder of folders) {
      folder.firstSerial = serial;
      serial += folder.children.length;
      this.#measure(folder);
    }
  }

  /** Gives every directory its sectors, from `sector` on; the first sector behind them. */
  place(sector: number): number {
    let next = sector;
    for (const folder of this.folders) {
      folder.sector = next;
      next += (folder.directoryBytes + folder.continuationBytes) / sectorBytes;
    }
    return next;
  }

  get root(): { readonly sector: number; readonly lengthBytes: number } {
    const [{ sector, directoryBytes }] = this.folders as [PlannedFolder];
    return { sector, lengthBytes: directoryBytes };
  }

  /** The root's own record, as the volume descriptor repeats it. */
  rootRecord(): Uint8Array {
    const root = this.folders[0]!;
    return encodeRecord(folderRecord(root, Uint8Array.of(0), []), []);
  }

  /** A directory's sectors, its continuation areas behind it. */
  encode(folder: PlannedFolder): Uint8Array {
    const bytes = new Uint8Array(folder.directoryBytes + folder.continuationBytes);
    const areas = new Cursor();
    const cursor = new Cursor();
    const firstArea = folder.directoryBytes;
    for (const record of this.#records(folder)) {
      const [first, ...others] = record.areas;
      const places = others.map((area, index) => areas.take(areaBytes(area, index === others.length - 1)));
      const link = (index: number): Uint8Array[] => {
        const area = others[index];
        if (area === undefined) return [];
        const at = firstArea + places[index]!;
        const sector = folder.sector + Math.floor(at / sectorBytes);
        return [continuationField(sector, at % sectorBytes, areaBytes(area, index === others.length - 1))];
      };
      const encoded = encodeRecord(record, [...first!, ...link(0)]);
      bytes.set(encoded, cursor.take(encoded.length));
      for (const [index, area] of others.entries()) {
        bytes.set(Buffer.concat([...area, ...link(index + 1)]), firstArea + places[index]!);
      }
    }
    return bytes;
  }

  pathTable(order: 'little' | 'big'): Uint8Array {
    const head = pathTableHead[order];
    const records = this.folders.map(({ identifier, parent, sector }) => {
      const bytes = new Uint8Array(head.sizeBytes + identifier.length + (identifier.length % 2));
      const parentNumber = parent?.number ?? 1;
      head.encode({ identifierLength: identifier.length, extentLocation: sector, parentNumber }, bytes);
      bytes.set(identifier, head.sizeBytes);
      return bytes;
    });
    return Buffer.concat(records);
  }

  #measure(folder: PlannedFolder): void {
    const directory = new Cursor();
    const continuations = new Cursor();
    for (const record of this.#records(folder)) {
      directory.take(recordBytes(record));
      const others = record.areas.slice(1);
      for (const [index, area] of others.entries()) {
        continuations.take(areaBytes(area, index === others.length - 1));
      }
    }
    folder.directoryBytes = directory.sectorsBytes;
    folder.continuationBytes = continuations.sectorsBytes;
  }

  *#records(planned: PlannedFolder): Iterable<PlannedRecord> {
    const { rockRidge } = this.#flavour;
    const parent = planned.parent ?? planned;
    const own = rockRidge ? attributes(planned.folder, planned.number) : [];
    const first = rockRidge && planned.parent === null ? [sharingProtocol, ...own, extensionReference] : own;
    yield folderRecord(planned, Uint8Array.of(0), first);
    yield folderRecord(parent, Uint8Array.of(1), rockRidge ? attributes(parent.folder, parent.number) : []);
    for (const [index, { entry, identifier }] of planned.children.entries()) {
      const serial = planned.childFolders.get(entry)?.number ?? planned.firstSerial + index;
      const fields = rockRidge ? [...attributes(entry, serial), ...nameFields(entry.name)] : [];
      if (entry.kind === 'folder') {
        yield folderRecord(planned.childFolders.get(entry)!, identifier, fields);
      } else if (entry.kind === 'link') {
        const areas = shared(identifier, [...fields, ...linkFields(entry.target)]);
        const { modified } = entry;
        yield { identifier, flags: 0, modified, lengthBytes: 0, sector: () => 0, areas };
      } else {
        yield* this.#fileRecords(entry, identifier, shared(identifier, fields));
      }
    }
  }

  /** A record for every section; all but the last say that there are more (9.1.6). */
  *#fileRecords(
    file: ImageFile,
    identifier: Uint8Array,
    areas: PlannedRecord['areas'],
  ): Iterable<PlannedRecord> {
    const { sizeBytes, modified } = file;
    let start = 0;
    do {
      const lengthBytes = Math.min(longestSection, sizeBytes - start);
      const flags = start + lengthBytes < sizeBytes ? fileFlag.multiExtent : 0;
      const sectorsBefore = start / sectorBytes;
      const sector = (): number => (sizeBytes === 0 ? 0 : this.#sectorOf(file) + sectorsBefore);
      yield { identifier, flags, modified, lengthBytes, sector, areas };
      start += lengthBytes;
    } while (start < sizeBytes);
  }
}

function plannedFolder(
  folder: ImageFolder,
  identifier: Uint8Array,
  parent: PlannedFolder | null,
  number: number,
  flavour: Flavour,
): PlannedFolder {
  const children = flavour.name(folder.entries);
  const places = { sector: 0, directoryBytes: 0, continuationBytes: 0, firstSerial: 0 };
  return { folder, identifier, parent, number, children, childFolders: new Map(), ...places };
}

function folderRecord(
  planned: PlannedFolder,
  identifier: Uint8Array,
  fields: readonly Uint8Array[],
): PlannedRecord {
  return {
    identifier,
    flags: fileFlag.directory,
    modified: planned.folder.modified,
    get lengthBytes() {
      return planned.directoryBytes;
    },
    sector: () => planned.sector,
    areas: shared(identifier, fields),
  };
}

/** A record's length is a byte, and even. */
const longestRecord = 254;
const headBytes = (identifier: Uint8Array): number =>
  directoryRecord.sizeBytes + identifier.length + (identifier.length % 2 === 0 ? 1 : 0);

const shared = (identifier: Uint8Array, fields: readonly Uint8Array[]): Uint8Array[][] =>
  areasOf(fields, longestRecord - headBytes(identifier));

function areaBytes(area: readonly Uint8Array[], last: boolean): number {
  return bytesOf(area) + (last ? 0 : continuationArea.sizeBytes);
}

function recordBytes({ identifier, areas }: PlannedRecord): number {
  const length = headBytes(identifier) + areaBytes(areas[0]!, areas.length === 1);
  return length + (length % 2);
}

function encodeRecord(record: PlannedRecord, fields: readonly Uint8Array[]): Uint8Array {
  const { identifier, flags, modified, lengthBytes } = record;
  const start = headBytes(identifier);
  const length = start + bytesOf(fields);
  const bytes = new Uint8Array(length + (length % 2));
  const head = {
    recordLength: bytes.length,
    extentLocation: record.sector(),
    dataLength: lengthBytes,
    recordedAt: encodeShortDate(modified),
    fileFlags: flags,
    volumeSequenceNumber: 1,
    identifierLength: identifier.length,
  };
  directoryRecord.encode(head, bytes);
  bytes.set(identifier, directoryRecord.sizeBytes);
  bytes.set(Buffer.concat([...fields]), start);
  return bytes;
}

/** Hands out bytes one after the other, none of them across the border of a sector. */
class Cursor {
  #at = 0;

  take(lengthBytes: number): number {
    const left = sectorBytes - (this.#at % sectorBytes);
    if (lengthBytes > left) this.#at += left;
    const at = this.#at;
    this.#at += lengthBytes;
    return at;
  }

  get sectorsBytes(): number {
    return Math.ceil(this.#at / sectorBytes) * sectorBytes;
  }
}
