/** Finds the hard disk footer of a VHD, at its end or as the copy in front, and tells the disk's size from it. */
import type { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import type { ValuesOf } from '../../bytes/struct.ts';
import type { BitOrder } from '../block-extents.ts';
import {
  checksumOf,
  diskType,
  footer,
  footerCookie,
  maximumGeometry,
  oldFooterBytes,
  sectorBytes,
  unsupported,
  version1,
} from './layout.ts';

export type FooterFields = ValuesOf<(typeof footer)['fields']>;

export interface FoundFooter {
  readonly fields: FooterFields;
  /** Where the disk's data ends at the latest: the footer at the end begins there. */
  readonly dataEnd: number;
  /** True when the end of the file holds no usable footer. */
  readonly fromCopy: boolean;
}

/** One place where a footer can be. */
export interface Place {
  readonly fileOffset: number;
  readonly lengthBytes: number;
}

function endPlaces(file: ByteSource): Place[] {
  return [footer.sizeBytes, oldFooterBytes]
    .filter((lengthBytes) => file.sizeBytes >= lengthBytes)
    .map((lengthBytes) => ({ fileOffset: file.sizeBytes - lengthBytes, lengthBytes }));
}

function read(file: ByteSource, place: Place): Uint8Array {
  const bytes = new Uint8Array(footer.sizeBytes);
  file.read(place.fileOffset, bytes.subarray(0, place.lengthBytes));
  return bytes;
}

function hasCookie(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, 8).toString('latin1') === footerCookie;
}

function hasChecksum(bytes: Uint8Array): boolean {
  return new DataView(bytes.buffer).getUint32(64) === checksumOf(bytes, 64);
}

/** Whether a file has a footer at either end: with its checksum, or the cookie alone. */
export function probeFooter(file: ByteSource): 'certain' | 'possible' | 'no' {
  const places = [...endPlaces(file), ...copyPlaces(file)];
  const found = places.map((place) => read(file, place)).filter(hasCookie);
  if (found.some(hasChecksum)) return 'certain';
  return found.length > 0 ? 'possible' : 'no';
}

function copyPlaces(file: ByteSource): Place[] {
  return file.sizeBytes >= footer.sizeBytes ? [{ fileOffset: 0, lengthBytes: footer.sizeBytes }] : [];
}

/**
 * The footer at the end; where that is damaged or gone, the copy in front that all but fixed disks have.
 * @throws Failure `image.malformed`, `image.unsupported`, `image.truncated`.
 */
export function findFooter(file: ByteSource): FoundFooter {
  let problem: Failure | null = null;
  for (const place of endPlaces(file)) {
    const bytes = read(file, place);
    if (!hasCookie(bytes)) continue;
    if (hasChecksum(bytes)) return accept(bytes, place, place.fileOffset, false);
    problem ??= footer.malformed('checksum', inEnglish('it is not the sum of the footer'), place.fileOffset);
  }
  for (const place of copyPlaces(file)) {
    const bytes = read(file, place);
    if (!hasCookie(bytes)) continue;
    // A fixed disk has no copy: what lies in front is the guest's.
    const isCopy = footer.decode(bytes).diskType !== diskType.fixed;
    if (hasChecksum(bytes) && isCopy) return accept(bytes, place, file.sizeBytes, true);
    problem ??= footer.malformed(
      'checksum',
      inEnglish('there is no valid footer at the end, nor a copy in front'),
      0,
    );
  }
  if (problem !== null) throw problem;
  readBytes(file, 0, footer.sizeBytes);
  throw footer.malformed(
    'cookie',
    inEnglish('there is no footer at the end nor a copy in front'),
    file.sizeBytes,
  );
}

/** What is at each of the two places of a footer, for a check. */
export interface FooterStates {
  /** The end of the file: valid, with a wrong checksum, or without the cookie. `bytes` are those of the whole 512. */
  readonly end: { readonly state: 'valid' | 'damaged' | 'missing'; readonly bytes: Uint8Array } & Place;
  /** The copy in front; null where the file is too short for one. */
  readonly copy: { readonly isValid: boolean; readonly bytes: Uint8Array } | null;
}

/** Looks at both footers. @throws Failure `io.*`. */
export function footerStates(file: ByteSource): FooterStates {
  const ends = endPlaces(file).map((place) => ({ ...place, bytes: read(file, place) }));
  const valid = ends.find(({ bytes }) => hasCookie(bytes) && hasChecksum(bytes));
  const damaged = ends.find(({ bytes }) => hasCookie(bytes));
  const none = { fileOffset: file.sizeBytes, lengthBytes: 0, bytes: new Uint8Array(footer.sizeBytes) };
  const state = valid !== undefined ? 'valid' : damaged !== undefined ? 'damaged' : 'missing';
  const [place] = copyPlaces(file);
  const front = place === undefined ? null : read(file, place);
  return {
    end: { ...(valid ?? damaged ?? none), state },
    copy: front === null ? null : { isValid: hasCookie(front) && hasChecksum(front), bytes: front },
  };
}

/** The footer with the checksum that its content has. */
export function sealFooter(bytes: Uint8Array): Uint8Array {
  const sealed = bytes.slice();
  return footer.encode({ checksum: checksumOf(sealed, footer.fields.checksum.offset) }, sealed);
}

/** The footer in `bytes`, whatever its checksum, as if it were the one of the file. @throws Failure `image.*`. */
export function acceptFooter(bytes: Uint8Array, place: Place): FoundFooter {
  return accept(bytes, place, place.fileOffset, false);
}

function accept(bytes: Uint8Array, place: Place, dataEnd: number, fromCopy: boolean): FoundFooter {
  const fields = footer.decode(bytes, 0, place.fileOffset);
  if (fields.fileFormatVersion >>> 16 !== version1 >>> 16) {
    throw unsupported(`version ${fields.fileFormatVersion >>> 16}.${fields.fileFormatVersion & 0xffff}`);
  }
  return { fields, dataEnd, fromCopy };
}

/**
 * Creators that mean the product of the geometry, in sectors: Virtual PC, and qemu unless told to keep the size.
 * Everyone else means the current size.
 */
const geometryCreators: readonly string[] = ['vpc ', 'qemu'];

export interface DiskSize {
  readonly capacityBytes: number;
  readonly by: 'current size' | 'geometry';
}

/** The size of the disk that the footer describes, as its creator meant it. */
export function diskSize(fields: FooterFields): DiskSize {
  const { cylinders, heads, sectorsPerTrack, currentSize } = fields;
  const sectors = cylinders * heads * sectorsPerTrack;
  const largest = maximumGeometry.cylinders * maximumGeometry.heads * maximumGeometry.sectorsPerTrack;
  const saysSize = sectors > 0 && sectors !== largest;
  if (saysSize && geometryCreators.includes(fields.creatorApplication)) {
    return { capacityBytes: sectors * sectorBytes, by: 'geometry' };
  }
  return { capacityBytes: currentSize, by: 'current size' };
}

/** Only XenServer's own files have a batmap, and raw disks for parents. */
export function isXen({ creatorApplication }: FooterFields): boolean {
  return creatorApplication.startsWith('tap');
}

/** Version 0.1 of XenServer's blktap. */
const firstXenVersion = 1;

/** Which bit of a byte of the sector bitmaps is the first sector's: XenServer's first version had it the other way round. */
export function bitmapOrder(fields: FooterFields): BitOrder {
  return isXen(fields) && fields.creatorVersion === firstXenVersion ? 'lowest first' : 'highest first';
}
