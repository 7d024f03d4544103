/** El Torito 1.0, with the platforms that UEFI added: what a computer starts from on an optical medium. */
import type { Warning } from '#shared/domain/image.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { ascii, struct, u16le, u32le, u8 } from '../../bytes/struct.ts';

const format = 'el-torito';
const entryBytes = 32;
const sectorBytes = 2048;
/** The unit of sector counts: that of the disks which are emulated. */
export const virtualSectorBytes = 512;
/** More sections and entries than this are not looked at. */
const maximumEntries = 64 * 64;

/** Figure 2. */
export const validationEntry = struct({ format, name: 'validation entry' }, entryBytes, {
  headerId: u8(0),
  platformId: u8(1),
  idString: ascii(4, 24),
  checksum: u16le(28),
  keys: u16le(30),
});
export const validationKeys = 0xaa55;

/** Figures 3 and 5. */
export const bootEntry = struct({ format, name: 'boot entry' }, entryBytes, {
  bootIndicator: u8(0),
  mediaType: u8(1),
  loadSegment: u16le(2),
  systemType: u8(4),
  sectorCount: u16le(6),
  loadSector: u32le(8),
  selectionCriteria: u8(12),
});
export const bootable = 0x88;

/** Figure 4. */
export const sectionHeader = struct({ format, name: 'section header' }, entryBytes, {
  headerIndicator: u8(0),
  platformId: u8(1),
  entryCount: u16le(2),
  idString: ascii(4, 28),
});
export const sectionIndicator = { more: 0x90, last: 0x91, extension: 0x44 } as const;

export const platform = { x86: 0, powerPc: 1, mac: 2, efi: 0xef } as const;
const platformTitles: Readonly<Record<number, string>> = {
  [platform.x86]: 'x86 BIOS',
  [platform.powerPc]: 'PowerPC',
  [platform.mac]: 'Mac',
  [platform.efi]: 'UEFI',
};
const mediaTitles = [
  inEnglish('no emulation'),
  inEnglish('1.2 MB floppy'),
  inEnglish('1.44 MB floppy'),
  inEnglish('2.88 MB floppy'),
  inEnglish('hard disk'),
];
const floppyBytes = [0, 1_228_800, 1_474_560, 2_949_120];

/** One thing to start from. */
export interface BootEntry {
  /** In words where it is known, else the number. */
  readonly platform: string;
  readonly bootable: boolean;
  /** The emulated medium, in words. */
  readonly media: string;
  /** Where the BIOS loads it; 0 in the catalogue means 0x7C0. */
  readonly loadSegment: number;
  /** The partition type of an emulated hard disk. */
  readonly systemType: number;
  /** Sectors of 512 bytes that are loaded. */
  readonly sectorCount: number;
  /** Where it begins on the medium, in bytes. */
  readonly start: number;
  /** What it occupies, as far as that is known: an emulated floppy, or what is loaded. */
  readonly lengthBytes: number;
  /** The section's name; empty for the default entry, unless its writer gave one. */
  readonly sectionName: string;
}

export interface BootCatalogue {
  readonly entries: readonly BootEntry[];
  readonly warnings: readonly Warning[];
}

/** Reads the catalogue at `sector`. What is wrong with it becomes a warning. */
export function readBootCatalogue(volume: ByteSource, sector: number): BootCatalogue {
  const entries: BootEntry[] = [];
  const warnings: Warning[] = [];
  const warn = (message: Message): number => warnings.push({ code: 'el-torito.damaged', message });
  const reader = new CatalogueReader(volume, sector * sectorBytes);
  const first = reader.next();
  if (first === null) {
    warn(inEnglish('The boot catalogue lies past the end of the image.'));
    return { entries, warnings };
  }
  const validation = validationEntry.decode(first);
  if (validation.headerId !== 1 || validation.keys !== validationKeys || wordSum(first) !== 0) {
    warn(inEnglish('The validation entry of the boot catalogue is wrong; firmware will not start from it.'));
    return { entries, warnings };
  }
  const initial = reader.next();
  if (initial === null) return { entries, warnings };
  entries.push(describe(initial, validation.platformId, text(validation.idString)));
  for (let more = true; more;) {
    const bytes = reader.next();
    const header = bytes === null ? null : sectionHeader.decode(bytes);
    if (header === null) break;
    if (header.headerIndicator !== sectionIndicator.more && header.headerIndicator !== sectionIndicator.last)
      break;
    more = header.headerIndicator === sectionIndicator.more;
    for (let index = 0; index < header.entryCount; index++) {
      const entry = reader.nextEntry();
      if (entry === null) {
        warn(inEnglish('The boot catalogue ends in the middle of a section.'));
        more = false;
        break;
      }
      entries.push(describe(entry, header.platformId, text(header.idString)));
    }
  }
  for (const { start, platform: title } of entries) {
    if (start >= volume.sizeBytes)
      warn(inEnglish('The boot image for {title} lies past the end of the image.', { title }));
  }
  return { entries, warnings };
}

class CatalogueReader {
  readonly #volume: ByteSource;
  readonly #start: number;
  #index = 0;

  constructor(volume: ByteSource, start: number) {
    this.#volume = volume;
    this.#start = start;
  }

  next(): Uint8Array | null {
    const at = this.#start + this.#index * entryBytes;
    if (this.#index >= maximumEntries || at + entryBytes > this.#volume.sizeBytes) return null;
    this.#index++;
    return readBytes(this.#volume, at, entryBytes);
  }

  /** The next that is not the extension of the one before. */
  nextEntry(): Uint8Array | null {
    for (let bytes = this.next(); bytes !== null; bytes = this.next()) {
      if (bytes[0] === 0 || bytes[0] === bootable) return bytes;
      if (bytes[0] !== sectionIndicator.extension) return null;
    }
    return null;
  }
}

function describe(bytes: Uint8Array, platformId: number, sectionName: string): BootEntry {
  const raw = bootEntry.decode(bytes);
  const media = raw.mediaType & 0x0f;
  const emulated = media >= 1 && media <= 3 ? floppyBytes[media]! : 0;
  return {
    platform: platformTitles[platformId] ?? `platform 0x${platformId.toString(16)}`,
    bootable: raw.bootIndicator === bootable,
    media: mediaTitles[media] ?? `medium ${media}`,
    loadSegment: raw.loadSegment === 0 ? 0x7c0 : raw.loadSegment,
    systemType: raw.systemType,
    sectorCount: raw.sectorCount,
    start: raw.loadSector * sectorBytes,
    lengthBytes: emulated > 0 ? emulated : raw.sectorCount * virtualSectorBytes,
    sectionName,
  };
}

const text = (field: string): string => field.replace(/\0.*$/s, '').trim();

/** The words of a validation entry add up to nothing. */
export function wordSum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at + 1 < bytes.length; at += 2) sum += bytes[at]! | (bytes[at + 1]! << 8);
  return sum & 0xffff;
}

/** What to put into a catalogue: the first is the default. */
export interface NewBootEntry {
  readonly platformId: number;
  /** Sectors of 512 bytes to load. */
  readonly sectorCount: number;
  /** In sectors of 2048 bytes. */
  readonly loadSector: number;
}

/** A catalogue of entries without emulation. */
export function encodeBootCatalogue(entries: readonly NewBootEntry[]): Uint8Array {
  const [first, ...others] = entries;
  const bytes = new Uint8Array(sectorBytes);
  if (first === undefined) return bytes;
  validationEntry.encode({ headerId: 1, platformId: first.platformId, keys: validationKeys }, bytes);
  validationEntry.encode({ checksum: -wordSum(bytes.subarray(0, entryBytes)) & 0xffff }, bytes);
  bootEntry.encode({ bootIndicator: bootable, ...first }, bytes, entryBytes);
  for (const [index, entry] of others.entries()) {
    const at = entryBytes * (2 + 2 * index);
    const headerIndicator = index === others.length - 1 ? sectionIndicator.last : sectionIndicator.more;
    sectionHeader.encode({ headerIndicator, platformId: entry.platformId, entryCount: 1 }, bytes, at);
    bootEntry.encode({ bootIndicator: bootable, ...entry }, bytes, at + entryBytes);
  }
  return bytes;
}
