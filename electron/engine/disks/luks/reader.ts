/** Reads LUKS volumes: one stretch of encrypted sectors behind a header. */
import type { Fact, Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { requireWithin, type ByteSource } from '../../bytes/source.ts';
import type { DiskReader, EncodedExtent, Extent, OpenChoices, OpenContext } from '../driver.ts';
import { readLuks } from '../encryption/luks.ts';
import type { LuksVolume } from '../encryption/luks-volume.ts';
import { vectorSectorBytes, type SectorCipher } from '../encryption/sector-cipher.ts';

const format = 'luks';
/** Decrypted at once; a multiple of every size of sector. */
const unitBytes = 65536;

/**
 * Opens a LUKS volume. Without a passphrase only what the header says can be known.
 * @throws Failure `image.*`, `image.wrong-passphrase`. Closes `file` when it throws.
 */
export function openLuks(file: ByteSource, _context: OpenContext, choices?: OpenChoices): DiskReader {
  try {
    const volume = readLuks(file, format);
    const { payloadOffset, payloadBytes, sectorBytes } = volume;
    requireWithin(file, payloadOffset, payloadBytes ?? 0);
    const capacityBytes =
      payloadBytes ?? Math.floor((file.sizeBytes - payloadOffset) / sectorBytes) * sectorBytes;
    if (capacityBytes % sectorBytes !== 0) {
      const problem = inEnglish('{capacityBytes} bytes are not whole sectors', { capacityBytes });
      throw new Failure('image.malformed', {
        format,
        structure: 'LUKS2 JSON area',
        field: 'size',
        fileOffset: 0,
        problem,
      });
    }
    const cipher = choices?.passphrase === undefined ? null : volume.unlock(choices.passphrase);
    return new LuksReader(file, volume, capacityBytes, cipher);
  } catch (error) {
    file.close();
    throw error;
  }
}

class LuksReader implements DiskReader {
  readonly capacityBytes: number;
  readonly sectorBytes: number;
  readonly variant: string;
  readonly parent = null;
  readonly snapshots = [];
  readonly encryption: string | null;
  readonly facts: readonly Fact[];
  readonly warnings = [];
  readonly #file: ByteSource;
  readonly #payloadOffset: number;
  readonly #cipher: SectorCipher | null;

  constructor(file: ByteSource, volume: LuksVolume, capacityBytes: number, cipher: SectorCipher | null) {
    this.capacityBytes = capacityBytes;
    this.sectorBytes = volume.sectorBytes;
    this.variant = `luks${volume.version}`;
    this.encryption = cipher === null ? 'LUKS' : null;
    this.facts = volume.facts;
    this.#file = file;
    this.#payloadOffset = volume.payloadOffset;
    this.#cipher = cipher;
  }

  extents(span: Span): Iterable<Extent> {
    if (this.#cipher === null) throw new Failure('image.encrypted', { format, method: 'LUKS' });
    return this.#units(span);
  }

  *#units({ start, length }: Span): Iterable<Extent> {
    const end = start + length;
    for (let at = start; at < end;) {
      const unitStart = Math.floor(at / unitBytes) * unitBytes;
      const unitEnd = Math.min(unitStart + unitBytes, this.capacityBytes);
      const next = Math.min(unitEnd, end);
      yield {
        state: 'encoded',
        start: at,
        length: next - at,
        source: this.#file,
        fileOffset: this.#payloadOffset + unitStart,
        encodedBytes: unitEnd - unitStart,
        unit: { start: unitStart, length: unitEnd - unitStart },
      };
      at = next;
    }
  }

  decode({ source, fileOffset, unit }: EncodedExtent, into: Uint8Array): void {
    source.read(fileOffset, into);
    this.#cipher!.decrypt(into, unit.start / vectorSectorBytes);
  }

  close(): void {
    this.#file.close();
  }
}
