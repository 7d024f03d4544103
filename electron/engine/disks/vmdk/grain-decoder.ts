/** Decoding the deflated grains of streamOptimized extents: marker, size, and a zlib stream (RFC 1950). */
import { inEnglish } from '#shared/in-english.ts';
import { requireWithin } from '../../bytes/source.ts';
import { inflateInto } from '../compression/inflate.ts';
import type { EncodedExtent } from '../driver.ts';
import { malformed, sectorBytes } from './layout.ts';
import { maximumEncodedBytes } from './grain-walk.ts';
import type { SparseExtent } from './sparse-extent.ts';

/** Decodes grains of one sparse extent, into a buffer of its own first. */
export class GrainDecoder {
  readonly #extent: SparseExtent;
  readonly #base: number;
  readonly #length: number;
  #buffer = new Uint8Array(0);
  #view = new DataView(this.#buffer.buffer);

  /** `base` is where the extent begins in the virtual disk, `length` how long it is, in bytes. */
  constructor(extent: SparseExtent, base: number, length: number) {
    this.#extent = extent;
    this.#base = base;
    this.#length = length;
  }

  /**
   * Decodes the grain of `encoded` into `into`, which is as long as a grain. Only what lies beyond the end of the extent
   * may be missing in it: that becomes zeros.
   * @throws Failure `image.malformed`, `image.truncated`.
   */
  decode(encoded: EncodedExtent, into: Uint8Array): void {
    const markerBytes = this.#extent.markerBytes!;
    const size = this.#read(encoded, markerBytes);
    const inflated = inflateInto('zlib', this.#buffer.subarray(markerBytes, markerBytes + size), into);
    if (inflated === into.length) return;
    const needed = Math.min(into.length, this.#base + this.#length - encoded.unit.start);
    if (inflated < needed) {
      const problem =
        inflated < 0
          ? inEnglish('its data is damaged, or more than the {count} bytes of a grain', {
              count: into.length,
            })
          : inEnglish('it yields {inflated} bytes, not {needed}', { inflated, needed });
      throw malformed('grain', 'data', encoded.fileOffset + markerBytes, problem);
    }
    into.fill(0, inflated);
  }

  /** Reads marker and data in one go, where the data is not longer than the grain. @returns the size of the data. */
  #read(encoded: EncodedExtent, markerBytes: number): number {
    const { source, fileOffset, encodedBytes, unit } = encoded;
    const first = Math.min(encodedBytes, unit.length + sectorBytes);
    if (this.#buffer.length < first) this.#grow(maximumEncodedBytes(unit.length));
    source.read(fileOffset, this.#buffer.subarray(0, first));
    if (markerBytes >= 12) this.#checkPlace(encoded);
    const size = this.#view.getUint32(markerBytes - 4, true);
    const end = markerBytes + size;
    if (size === 0 || end > maximumEncodedBytes(unit.length)) {
      throw malformed(
        'GrainMarker',
        'size',
        fileOffset + markerBytes - 4,
        inEnglish('a grain of {size} bytes cannot be', { size }),
      );
    }
    if (end > encodedBytes) {
      requireWithin(source, fileOffset, end);
      const problem = inEnglish('its {size} bytes reach into the next grain', { size });
      throw malformed('GrainMarker', 'size', fileOffset + markerBytes - 4, problem);
    }
    if (end > first) source.read(fileOffset + first, this.#buffer.subarray(first, end));
    return size;
  }

  #checkPlace(encoded: EncodedExtent): void {
    const expected = (encoded.unit.start - this.#base) / sectorBytes;
    const found = this.#view.getUint32(0, true) + this.#view.getUint32(4, true) * 2 ** 32;
    if (found !== expected) {
      throw malformed(
        'GrainMarker',
        'lba',
        encoded.fileOffset,
        inEnglish('it is for sector {found}, not {expected}', { found, expected }),
      );
    }
  }

  #grow(lengthBytes: number): void {
    this.#buffer = new Uint8Array(lengthBytes);
    this.#view = new DataView(this.#buffer.buffer);
  }
}
