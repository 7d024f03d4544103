/** Writes ISO 9660 images, level 3: with Rock Ridge, Joliet and an El Torito catalogue as wanted. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSink } from '../../../bytes/sink.ts';
import type { ByteSource } from '../../../bytes/source.ts';
import type { Control } from '../../../control.ts';
import { encodeBootCatalogue, platform, virtualSectorBytes } from '../../optical/el-torito.ts';
import { bootInfoTable } from './boot-info-table.ts';
import { DirectoryPlan, maximumFolders } from './directory-plan.ts';
import { jolietNames, plainNames } from './image-names.ts';
import { contentOf, filesOf, type ImageFile, type ImageFolder } from './image-tree.ts';
import { encodeLongDate } from './dates.ts';
import {
  bootRecordDescriptor,
  descriptorHead,
  descriptorSector,
  descriptorType,
  elTorito,
  sectorBytes,
  standardId,
  volumeDescriptor,
} from './layout.ts';

export interface IsoImageOptions {
  /** Up to 32 bytes of ASCII; Joliet keeps 16 characters of it. */
  readonly volumeIdentifier: string;
  readonly publisher: string;
  readonly application: string;
  readonly joliet: boolean;
  readonly rockRidge: boolean;
  /** The date of the volume. */
  readonly modified: Date;
  /** Files of the tree; the catalogue begins with the BIOS one. */
  readonly biosBoot: {
    readonly file: ImageFile;
    readonly loadSectors: number;
    readonly infoTable: boolean;
  } | null;
  readonly efiBoot: { readonly file: ImageFile } | null;
}

/** What is copied in one go. */
const copyBytes = 1 << 20;

/** An image whose places are all known. `write` gives the same bytes whenever it is called. */
export class IsoImage {
  readonly sizeBytes: number;
  readonly #options: IsoImageOptions;
  readonly #primary: DirectoryPlan;
  readonly #joliet: DirectoryPlan | null;
  readonly #contentSectors = new Map<string | ImageFile, number>();
  readonly #contents: readonly ImageFile[];
  readonly #pathTables: { readonly plan: DirectoryPlan; readonly little: number; readonly big: number }[] =
    [];
  readonly #catalogueSector: number | null;
  /** The first sector behind everything. */
  #end = 0;

  /** @throws Failure `input.invalid` when the tree is more than the format can hold. */
  constructor(root: ImageFolder, options: IsoImageOptions) {
    this.#options = options;
    const sectorOf = (file: ImageFile): number => this.#contentSectors.get(contentOf(file)) ?? 0;
    // Links live in Rock Ridge only.
    const name: typeof plainNames = (entries) =>
      plainNames(options.rockRidge ? entries : entries.filter(({ kind }) => kind !== 'link'));
    this.#primary = new DirectoryPlan(root, { rockRidge: options.rockRidge, name }, sectorOf);
    this.#joliet = options.joliet
      ? new DirectoryPlan(root, { rockRidge: false, name: jolietNames }, sectorOf)
      : null;
    if (this.#primary.folders.length > maximumFolders) {
      const problem = inEnglish('there are {count} folders; an ISO image holds {maximumFolders}', {
        count: this.#primary.folders.length,
        maximumFolders,
      });
      throw new Failure('input.invalid', { problem });
    }
    const boots = options.biosBoot !== null || options.efiBoot !== null;
    let sector = descriptorSector + 2 + (boots ? 1 : 0) + (this.#joliet === null ? 0 : 1);
    for (const plan of this.#plans) {
      const sectors = sectorsFor(plan.pathTable('little').length);
      this.#pathTables.push({ plan, little: sector, big: sector + sectors });
      sector += 2 * sectors;
    }
    this.#catalogueSector = boots ? sector++ : null;
    for (const plan of this.#plans) sector = plan.place(sector);
    this.#contents = this.#place(root, sector);
    this.sizeBytes = this.#end * sectorBytes;
  }

  get #plans(): readonly DirectoryPlan[] {
    return this.#joliet === null ? [this.#primary] : [this.#primary, this.#joliet];
  }

  /** Gives every content its sectors; the files that stand for them, in their order. */
  #place(root: ImageFolder, start: number): ImageFile[] {
    const contents: ImageFile[] = [];
    let sector = start;
    for (const file of filesOf(root)) {
      const content = contentOf(file);
      if (file.sizeBytes === 0 || this.#contentSectors.has(content)) continue;
      this.#contentSectors.set(content, sector);
      contents.push(file);
      sector += sectorsFor(file.sizeBytes);
    }
    if (sector > 0xffffffff) {
      throw new Failure('input.invalid', {
        problem: inEnglish('an ISO image holds 8 TiB; this is {sector} bytes', {
          sector: sector * sectorBytes,
        }),
      });
    }
    this.#end = sector;
    return contents;
  }

  /** @throws Failure `input.invalid` when a file is not as large any more as it was, `io.*`. */
  write(sink: ByteSink, control: Pick<Control, 'throwIfCancelled' | 'advance'>): void {
    // The full length first: the system area and what is zero stay holes.
    sink.truncate(this.sizeBytes);
    for (const [index, bytes] of this.#descriptors().entries()) {
      sink.write((descriptorSector + index) * sectorBytes, bytes);
    }
    for (const { plan, little, big } of this.#pathTables) {
      sink.write(little * sectorBytes, plan.pathTable('little'));
      sink.write(big * sectorBytes, plan.pathTable('big'));
    }
    if (this.#catalogueSector !== null) {
      sink.write(this.#catalogueSector * sectorBytes, encodeBootCatalogue(this.#bootEntries()));
    }
    for (const plan of this.#plans) {
      for (const folder of plan.folders) {
        control.throwIfCancelled();
        sink.write(folder.sector * sectorBytes, plan.encode(folder));
      }
    }
    control.advance((this.#contentSectors.get(contentKeyOf(this.#contents)) ?? this.#end) * sectorBytes);
    for (const file of this.#contents) this.#copy(file, sink, control);
  }

  #copy(file: ImageFile, sink: ByteSink, control: Pick<Control, 'throwIfCancelled' | 'advance'>): void {
    const start = this.#contentSectors.get(contentOf(file))! * sectorBytes;
    const source = file.open();
    try {
      if (source.sizeBytes !== file.sizeBytes) {
        const problem = inEnglish('"{name}" had {sizeBytes} bytes and now has {sizeBytes2}', {
          name: file.name,
          sizeBytes: file.sizeBytes,
          sizeBytes2: source.sizeBytes,
        });
        throw new Failure('input.invalid', { problem });
      }
      for (const run of source.runs({ start: 0, length: source.sizeBytes })) {
        if (run.hole) control.advance(run.length);
        else copyRun(source, run.start, run.length, start, sink, control);
      }
      const boot = this.#options.biosBoot;
      if (boot?.infoTable === true && contentOf(boot.file) === contentOf(file)) {
        const { fileOffset, bytes } = bootInfoTable(source, descriptorSector, start / sectorBytes);
        sink.write(start + fileOffset, bytes);
      }
    } finally {
      source.close();
    }
    control.advance(sectorsFor(file.sizeBytes) * sectorBytes - file.sizeBytes);
  }

  #bootEntries(): Parameters<typeof encodeBootCatalogue>[0] {
    const { biosBoot, efiBoot } = this.#options;
    const sectorOf = (file: ImageFile): number => this.#contentSectors.get(contentOf(file)) ?? 0;
    const entries = [];
    if (biosBoot !== null) {
      const { file, loadSectors } = biosBoot;
      entries.push({ platformId: platform.x86, sectorCount: loadSectors, loadSector: sectorOf(file) });
    }
    if (efiBoot !== null) {
      // Firmware takes the size of the FAT volume inside; what does not fit in 16 bits is counted as the most.
      const sectorCount = Math.min(Math.ceil(efiBoot.file.sizeBytes / virtualSectorBytes), 0xffff);
      entries.push({ platformId: platform.efi, sectorCount, loadSector: sectorOf(efiBoot.file) });
    }
    return entries;
  }

  #descriptors(): Uint8Array[] {
    const descriptors = [this.#volumeDescriptor(this.#primary, 0)];
    if (this.#catalogueSector !== null) {
      const values = { type: descriptorType.boot, standardIdentifier: standardId, version: 1 };
      const bytes = bootRecordDescriptor.encode({ ...values, catalogueSector: this.#catalogueSector });
      descriptors.push(bytes);
      bytes.set(Buffer.from(elTorito), bootRecordDescriptor.fields.bootSystemIdentifier.offset);
    }
    if (this.#joliet !== null) descriptors.push(this.#volumeDescriptor(this.#joliet, 1));
    const end = { type: descriptorType.terminator, standardIdentifier: standardId, version: 1 };
    descriptors.push(descriptorHead.encode(end, new Uint8Array(sectorBytes)));
    return descriptors;
  }

  #volumeDescriptor(plan: DirectoryPlan, index: number): Uint8Array {
    const joliet = plan === this.#joliet;
    const { volumeIdentifier, publisher, application, modified } = this.#options;
    const field = (text: string, sizeBytes: number): Uint8Array => padded(text, sizeBytes, joliet);
    const tables = this.#pathTables[index]!;
    return volumeDescriptor.encode({
      type: joliet ? descriptorType.supplementary : descriptorType.primary,
      standardIdentifier: standardId,
      version: 1,
      systemIdentifier: field('', 32),
      volumeIdentifier: field(volumeIdentifier, 32),
      volumeSpaceSize: this.#end,
      // UCS-2 level 3.
      escapeSequences: joliet ? Uint8Array.of(0x25, 0x2f, 0x45) : new Uint8Array(0),
      volumeSetSize: 1,
      volumeSequenceNumber: 1,
      logicalBlockSize: sectorBytes,
      pathTableSize: plan.pathTable('little').length,
      typeLPathTable: tables.little,
      typeMPathTable: tables.big,
      rootDirectoryRecord: plan.rootRecord(),
      volumeSetIdentifier: field('', 128),
      publisherIdentifier: field(publisher, 128),
      dataPreparerIdentifier: field('', 128),
      applicationIdentifier: field(application, 128),
      copyrightFileIdentifier: field('', 37),
      abstractFileIdentifier: field('', 37),
      bibliographicFileIdentifier: field('', 37),
      created: encodeLongDate(modified),
      modified: encodeLongDate(modified),
      expires: encodeLongDate(null),
      effective: encodeLongDate(null),
      fileStructureVersion: 1,
    });
  }
}

function copyRun(
  source: ByteSource,
  runStart: number,
  runLength: number,
  fileStart: number,
  sink: ByteSink,
  control: Pick<Control, 'throwIfCancelled' | 'advance'>,
): void {
  const buffer = new Uint8Array(Math.min(copyBytes, runLength));
  for (let done = 0; done < runLength; done += buffer.length) {
    control.throwIfCancelled();
    const part = buffer.subarray(0, Math.min(buffer.length, runLength - done));
    source.read(runStart + done, part);
    sink.write(fileStart + runStart + done, part);
    control.advance(part.length);
  }
}

/** The key of the first content: everything before it are tables. */
function contentKeyOf(contents: readonly ImageFile[]): string | ImageFile {
  return contents[0] === undefined ? '' : contentOf(contents[0]);
}

const sectorsFor = (lengthBytes: number): number => Math.ceil(lengthBytes / sectorBytes);

/** Text filled up with spaces; Joliet's is UTF-16 with the high byte first. */
function padded(text: string, sizeBytes: number, wide: boolean): Uint8Array {
  if (!wide) return Buffer.from(text.slice(0, sizeBytes).padEnd(sizeBytes), 'latin1');
  const units = Math.floor(sizeBytes / 2);
  const bytes = Buffer.alloc(sizeBytes);
  Buffer.from(text.slice(0, units).padEnd(units), 'utf16le').swap16().copy(bytes);
  return bytes;
}
