/** Reads raw CD images: the 2048 bytes of user data out of every sector of 2352. */
import type { Fact, Span, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { DiskReader, EncodedExtent, Extent } from '../driver.ts';
import {
  format,
  rawSectorBytes,
  sectorHeader,
  submodeForm2,
  submodeOffset,
  userDataBytes,
  userDataOffset,
} from './layout.ts';
import { addressIn, dataSectorCount, sectorAddress } from './sectors.ts';

/** Sectors that are taken apart together. */
const unitSectors = 16;
const unitBytes = unitSectors * userDataBytes;

/** @throws Failure `image.malformed`. Takes ownership of `file`. */
export function openCdrom(file: ByteSource): DiskReader {
  try {
    return new CdromReader(file);
  } catch (error) {
    file.close();
    throw error;
  }
}

class CdromReader implements DiskReader {
  readonly capacityBytes: number;
  readonly sectorBytes = userDataBytes;
  readonly variant: string;
  readonly parent = null;
  readonly snapshots = [];
  readonly encryption = null;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
  readonly #file: ByteSource;
  readonly #firstFrame: number;
  readonly #mode: number;

  constructor(file: ByteSource) {
    const first = sectorAddress(file, 0);
    if (first === null)
      throw sectorHeader.malformed('sync', inEnglish('the first sector is not one of data'));
    this.#file = file;
    this.#firstFrame = first.frame;
    this.#mode = first.mode;
    this.variant = `mode${first.mode}`;
    const sectors = dataSectorCount(file);
    this.capacityBytes = sectors * userDataBytes;
    this.facts = [
      {
        label: inEnglish('Sectors'),
        value: inEnglish('{sectors} of {rawSectorBytes} bytes', { sectors, rawSectorBytes }),
      },
      { label: inEnglish('Sector mode'), value: first.mode === 1 ? 'MODE1/2352' : 'MODE2/2352' },
    ];
    const rest = file.sizeBytes - sectors * rawSectorBytes;
    const message = inEnglish(
      'The last {rest} bytes are not of the data track: another track, audio, or a sector that is cut off.',
      { rest },
    );
    this.warnings = rest === 0 ? [] : [{ code: 'cdrom.other-tracks', message }];
  }

  *extents(span: Span): Iterable<Extent> {
    const end = span.start + span.length;
    for (let at = span.start; at < end;) {
      const unitStart = Math.floor(at / unitBytes) * unitBytes;
      const unitLength = Math.min(unitBytes, this.capacityBytes - unitStart);
      const length = Math.min(end, unitStart + unitLength) - at;
      const sectors = unitLength / userDataBytes;
      yield {
        state: 'encoded',
        start: at,
        length,
        source: this.#file,
        fileOffset: (unitStart / userDataBytes) * rawSectorBytes,
        encodedBytes: sectors * rawSectorBytes,
        unit: { start: unitStart, length: unitLength },
      };
      at += length;
    }
  }

  /** @throws Failure `image.malformed` for a sector that is out of order, `image.unsupported` for one of form 2. */
  decode(extent: EncodedExtent, into: Uint8Array): void {
    const raw = new Uint8Array(extent.encodedBytes);
    extent.source.read(extent.fileOffset, raw);
    const dataOffset = this.#mode === 1 ? userDataOffset.mode1 : userDataOffset.mode2;
    for (let at = 0, done = 0; at < raw.length; at += rawSectorBytes, done += userDataBytes) {
      this.#checkSector(raw, at, extent.fileOffset);
      into.set(raw.subarray(at + dataOffset, at + dataOffset + userDataBytes), done);
    }
  }

  #checkSector(raw: Uint8Array, at: number, unitOffset: number): void {
    const fileOffset = unitOffset + at;
    const index = fileOffset / rawSectorBytes;
    const address = addressIn(raw, at);
    if (address?.frame !== this.#firstFrame + index || address.mode !== this.#mode) {
      throw sectorHeader.malformed(
        'sync',
        inEnglish('sector {index} is not one of this data track', { index }),
        fileOffset,
      );
    }
    if (this.#mode === 2 && (raw[at + submodeOffset]! & submodeForm2) !== 0) {
      const feature = inEnglish(
        'sector {index}, which is of form 2 (video or audio) and holds no 2048 bytes',
        { index },
      );
      throw new Failure('image.unsupported', { format, feature });
    }
  }

  close(): void {
    this.#file.close();
  }
}
