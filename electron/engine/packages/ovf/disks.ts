/** The virtual disks of a package (DSP0243 2.1, section 9.1) and what hardware uses them. */
import type { Warning } from '#shared/domain/image.ts';
import type { PackageDisk } from '#shared/domain/package.ts';
import { Failure, isFailure } from '#shared/failure.ts';
import { inEnglish, asValue } from '#shared/in-english.ts';
import { decompressStart } from '../../archives/compressions.ts';
import { normaliseName } from '../../archives/member-name.ts';
import { MemorySource, type ByteSource } from '../../bytes/source.ts';
import { attribute, children, wholeNumber } from './descriptor-element.ts';
import { withProperties } from './configuration.ts';
import { isKnownCompression, type References, type LocatedFile } from './references.ts';
import { bytesPerUnit, quantityInBytes } from './units.ts';
import type { XmlElement } from './xml.ts';

/** No hypervisor attaches as many. */
const diskLimit = 4096;
/** How much of a compressed disk is decompressed to see what it is. */
const probedBytes = 1 << 20;

/** A Disk element, or a file that a hardware item uses as a disk. */
export interface DiskElement {
  readonly id: string;
  readonly fileRef: string | null;
  readonly capacityBytes: number | null;
  /** In what steps the descriptor counts the capacity: it is no more exact than that. */
  readonly capacityUnitBytes: number;
  readonly parentRef: string | null;
  /** The driver's id that the descriptor claims, as far as it can be told. */
  readonly claimedFormat: string | null;
  /** oVirt says here how the disk is attached. */
  readonly diskInterface: string | null;
}

/** The disks of a descriptor, by what hardware items call them. */
export class DiskElements {
  readonly all: readonly DiskElement[];
  readonly #byId = new Map<string, DiskElement>();
  readonly #byFile = new Map<string, DiskElement>();

  constructor(all: readonly DiskElement[]) {
    this.all = all;
    for (const disk of [...all].reverse()) {
      this.#byId.set(normaliseName(disk.id), disk);
      if (disk.fileRef !== null) this.#byFile.set(normaliseName(disk.fileRef), disk);
    }
  }

  /** The disk with that id, or whose file is called so. */
  find(id: string): DiskElement | null {
    return this.#byId.get(normaliseName(id)) ?? this.inFile(id);
  }

  /** The disk whose content is that file. */
  inFile(fileRef: string): DiskElement | null {
    return this.#byFile.get(normaliseName(fileRef)) ?? null;
  }
}

/** A disk but for where it is attached, which depends on who uses it. */
export type DescribedDisk = Omit<PackageDisk, 'controller'>;

/** What a file holds. */
export interface ProbedDisk {
  /** The driver's id. */
  readonly format: string;
  /** As large as a guest sees it; null where the file alone, or its beginning, does not tell. */
  readonly capacityBytes: number | null;
}

/** Looks into a file; `isWhole` unless only its beginning is there. @throws Failure `image.*`. */
export type ProbeDisk = (file: ByteSource, isWhole: boolean) => ProbedDisk;

/** Capacities are rounded to what an image counts in (64 KiB in VMDK) before they are compared. */
const grainBytes = 64 << 10;

export function readDiskElements(
  envelope: XmlElement,
  properties: ReadonlyMap<string, string>,
  warn: (warning: Warning) => void,
): DiskElement[] {
  const elements = children(envelope, 'DiskSection').flatMap((section) => children(section, 'Disk'));
  if (elements.length > diskLimit) {
    const problem = inEnglish('it describes more than {diskLimit} disks', { diskLimit });
    throw new Failure('package.malformed', { structure: 'DiskSection', problem });
  }
  return elements.map((disk, index) => ({
    id: attribute(disk, 'diskId') ?? `disk${index + 1}`,
    fileRef: attribute(disk, 'fileRef') || null,
    capacityBytes: readCapacity(disk, properties, warn),
    capacityUnitBytes: bytesPerUnit(writtenCapacity(disk).unit) ?? 1,
    parentRef: attribute(disk, 'parentRef') || null,
    claimedFormat: readClaimedFormat(disk),
    diskInterface: attribute(disk, 'disk-interface') || null,
  }));
}

/** oVirt's own export gives gigabytes as ovf:size instead. */
function writtenCapacity(disk: XmlElement): { readonly text: string | null; readonly unit: string } {
  const text = attribute(disk, 'capacity');
  return text === null
    ? { text: attribute(disk, 'size'), unit: 'byte * 2^30' }
    : { text, unit: attribute(disk, 'capacityAllocationUnits') ?? 'byte' };
}

function readCapacity(
  disk: XmlElement,
  properties: ReadonlyMap<string, string>,
  warn: (warning: Warning) => void,
): number | null {
  const { text, unit } = writtenCapacity(disk);
  if (text === null) return null;
  const value = withProperties(text, properties);
  const unitBytes = bytesPerUnit(unit);
  const bytes = value === null || unitBytes === null ? null : quantityInBytes(value, unitBytes);
  if (bytes === null) {
    const message = inEnglish('The capacity “{text}” ({unit}) of {disk} is not understood.', {
      text,
      unit,
      disk: attribute(disk, 'diskId') ?? asValue(inEnglish('a disk')),
    });
    warn({ code: 'package.unknown-quantity', message });
  }
  // Some writers put 0 where they do not know.
  if (bytes === null || bytes === 0) return null;
  checkPopulatedSize(disk, bytes, warn);
  return bytes;
}

/** populatedSize is an estimate (section 9.1), by which nothing is decided; more than the disk can hold is none. */
function checkPopulatedSize(disk: XmlElement, capacityBytes: number, warn: (warning: Warning) => void): void {
  const populated = wholeNumber(attribute(disk, 'populatedSize'));
  if (populated === null || populated <= capacityBytes) return;
  const id = attribute(disk, 'diskId') ?? asValue(inEnglish('a disk'));
  const message = inEnglish(
    'The descriptor says that {populated} bytes of {id} hold data, but also that it only has {capacityBytes}.',
    { populated, id, capacityBytes },
  );
  warn({ code: 'package.size-mismatch', message });
}

/** oVirt gives the URI of VMDK for raw disks, and says what they are in volume-format. */
function readClaimedFormat(disk: XmlElement): string | null {
  const volume = attribute(disk, 'volume-format')?.toUpperCase();
  if (volume === 'RAW') return 'raw';
  if (volume === 'COW') return 'qcow2';
  const uri = attribute(disk, 'format') ?? '';
  if (/vmdk/i.test(uri)) return 'vmdk';
  if (/qcow/i.test(uri)) return 'qcow2';
  if (/vhdx/i.test(uri)) return 'vhdx';
  // Microsoft's page on VHD, as VirtualBox refers to it.
  return /vhd/i.test(uri) || /[?&]LinkId=137171$/i.test(uri) ? 'vhd' : null;
}

/** Says of disk elements what they hold, and gives each a name that no other has. */
export class DiskDescriber {
  readonly #references: References;
  readonly #probe: ProbeDisk;
  readonly #warn: (warning: Warning) => void;
  readonly #described = new Map<DiskElement, DescribedDisk>();
  readonly #probed = new Map<string, ProbedDisk | null>();
  readonly #names = new Set<string>();

  constructor(references: References, probe: ProbeDisk, warn: (warning: Warning) => void) {
    this.#references = references;
    this.#probe = probe;
    this.#warn = warn;
  }

  describe(disk: DiskElement): DescribedDisk {
    let described = this.#described.get(disk);
    if (described === undefined) {
      described = disk.fileRef === null ? this.#describeEmpty(disk) : this.#describeFile(disk, disk.fileRef);
      this.#described.set(disk, described);
    }
    return described;
  }

  #describeEmpty(disk: DiskElement): DescribedDisk {
    return {
      name: this.#uniqueName(null, disk.id),
      file: null,
      format: null,
      virtualSizeBytes: disk.capacityBytes,
      sizeInPackageBytes: null,
      compression: null,
      parent: disk.parentRef,
    };
  }

  #describeFile(disk: DiskElement, fileRef: string): DescribedDisk {
    const element = this.#references.find(fileRef);
    const base = {
      virtualSizeBytes: disk.capacityBytes,
      format: null,
      sizeInPackageBytes: null,
      compression: null,
      parent: disk.parentRef,
    };
    if (element === null) {
      const message = inEnglish('The disk {id} is in a file “{fileRef}” that the descriptor does not list.', {
        id: disk.id,
        fileRef,
      });
      this.#warn({ code: 'package.file-missing', message });
      return { ...base, name: this.#uniqueName(fileRef, disk.id), file: fileRef };
    }
    const file = this.#references.locateDisk(element);
    const name = this.#uniqueName(file.name, disk.id);
    if ('failure' in file) return { ...base, name, file: file.name };
    const probed = this.#probeFile(file);
    const format = probed?.format ?? null;
    if (format !== null && disk.claimedFormat !== null && disk.claimedFormat !== format) {
      const message = inEnglish('{name} is {format}, although the descriptor says {claimedFormat}.', {
        name: file.name,
        format,
        claimedFormat: disk.claimedFormat,
      });
      this.#warn({ code: 'package.format-mismatch', message });
    }
    const { sizeInPackageBytes, compression } = file;
    const virtualSizeBytes = this.#actualCapacity(disk, file.name, probed?.capacityBytes ?? null);
    return { ...base, name, file: file.name, format, virtualSizeBytes, sizeInPackageBytes, compression };
  }

  /** What the disk itself says counts: it is what comes out. */
  #actualCapacity(disk: DiskElement, name: string, actualBytes: number | null): number | null {
    const { capacityBytes, capacityUnitBytes } = disk;
    if (actualBytes === null || capacityBytes === null) return actualBytes ?? capacityBytes;
    if (Math.abs(capacityBytes - actualBytes) >= Math.max(capacityUnitBytes, grainBytes)) {
      const message = inEnglish(
        '{name} is a disk of {actualBytes} bytes, although the descriptor says {capacityBytes}.',
        { name, actualBytes, capacityBytes },
      );
      this.#warn({ code: 'package.capacity-mismatch', message });
    }
    return actualBytes;
  }

  /** Several disks may say that they are in one file. */
  #probeFile(file: LocatedFile): ProbedDisk | null {
    let probed = this.#probed.get(file.name);
    if (probed === undefined) this.#probed.set(file.name, (probed = this.#look(file)));
    return probed;
  }

  #look(file: LocatedFile): ProbedDisk | null {
    if (file.compression !== null && !isKnownCompression(file.compression)) {
      const message = inEnglish('{name} is compressed with {compression}, which Platter does not undo.', {
        name: file.name,
        compression: file.compression,
      });
      this.#warn({ code: 'image.unsupported', message });
      return null;
    }
    const source = this.#references.openStored(file);
    try {
      if (file.compression === null) return this.#probe(source, true);
      const start = decompressStart(source, probedBytes) ?? new Uint8Array(0);
      return this.#probe(new MemorySource(start, source.path), false);
    } catch (error) {
      const message = isFailure(error, 'image.unsupported')
        ? inEnglish('Platter does not open {feature} like {name}.', {
            feature: asValue(error.details.feature),
            name: file.name,
          })
        : inEnglish('What {name} holds cannot be told.', { name: file.name });
      this.#warn({ code: Failure.from(error).code, message });
      return null;
    } finally {
      source.close();
    }
  }

  /** The last part of the file's name, the disk's id when that is taken, and a number when that is too. */
  #uniqueName(fileName: string | null, id: string): string {
    const fallback = safeFileName(id);
    const candidates =
      fileName === null ? [fallback] : [safeFileName(fileName.replace(/^.*[/\\]/, '')), fallback];
    let name = candidates.find((candidate) => !this.#names.has(candidate.toLowerCase()));
    for (let number = 2; name === undefined; number++) {
      const numbered = `${fallback}-${number}`;
      if (!this.#names.has(numbered.toLowerCase())) name = numbered;
    }
    this.#names.add(name.toLowerCase());
    return name;
  }
}

/** A name that every system takes for a file: it becomes one when the disk is extracted. */
function safeFileName(name: string): string {
  const safe = [...name.slice(0, 200)]
    .map((character) => (character < ' ' || '<>:"/\\|?*\x7f'.includes(character) ? '_' : character))
    .join('')
    .replace(/[. ]+$/, '');
  if (safe === '') return 'disk';
  return /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(safe) ? `_${safe}` : safe;
}
