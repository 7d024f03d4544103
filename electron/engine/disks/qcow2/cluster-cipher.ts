/** Encrypted clusters: LUKS, whose vectors count sectors of the file, and the AES of before (section Data encryption). */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { SliceSource, type ByteSource } from '../../bytes/source.ts';
import type { EncodedExtent, Extent } from '../driver.ts';
import { readLuks } from '../encryption/luks.ts';
import { parseCipher, SectorCipher, vectorSectorBytes } from '../encryption/sector-cipher.ts';
import type { Header } from './header.ts';
import { format, roundUp, subclusters } from './layout.ts';

/** An encoded extent that is encrypted, where others are compressed. */
interface EncryptedExtent extends EncodedExtent {
  readonly encrypted: true;
}

/** Decrypted at once, unless clusters or subclusters are smaller. */
const maximumUnitBytes = 65536;
const legacyKeyBytes = 16;

/**
 * What decrypts the clusters of an image; null where they are not encrypted.
 * @throws Failure `image.wrong-passphrase` (never for the old AES, which cannot tell), `image.*` for the LUKS header.
 */
export function unlockClusters(file: ByteSource, header: Header, passphrase: string): ClusterCipher | null {
  if (header.encryption === null) return null;
  if (header.encryption === 'AES') {
    const key = new Uint8Array(legacyKeyBytes);
    key.set(new TextEncoder().encode(passphrase).subarray(0, legacyKeyBytes));
    const cipher = new SectorCipher(parseCipher('aes-cbc-plain64', format), key, format);
    return new ClusterCipher(header, cipher, 'guest');
  }
  const { cryptoHeader } = header.extensions;
  if (cryptoHeader === null) {
    throw new Failure('image.malformed', {
      format,
      structure: 'header',
      field: 'cryptMethod',
      fileOffset: 32,
      problem: inEnglish('LUKS encryption without an encryption header'),
    });
  }
  const { offset: start, length } = cryptoHeader;
  const cipher = readLuks(new SliceSource(file, { start, length }, file.path), format).unlock(passphrase);
  return new ClusterCipher(header, cipher, 'host');
}

export function isEncrypted(extent: EncodedExtent): extent is EncryptedExtent {
  return 'encrypted' in extent;
}

/** Turns what is stored into encrypted units, and decrypts those. */
export class ClusterCipher {
  readonly #unitBytes: number;
  readonly #cipher: SectorCipher;
  readonly #vectors: 'host' | 'guest';

  constructor({ clusterBytes, extendedL2 }: Header, cipher: SectorCipher, vectors: 'host' | 'guest') {
    const contiguousBytes = extendedL2 ? clusterBytes / subclusters : clusterBytes;
    this.#unitBytes = Math.min(contiguousBytes, maximumUnitBytes);
    this.#cipher = cipher;
    this.#vectors = vectors;
  }

  /** `extents` with the stored ones cut into units on a grid of the disk; `capacityBytes` is the disk's. */
  *encrypted(
    extents: Iterable<Extent>,
    { capacityBytes }: { readonly capacityBytes: number },
  ): Iterable<Extent> {
    const diskEnd = roundUp(capacityBytes, vectorSectorBytes);
    for (const extent of extents) {
      if (extent.state !== 'stored') {
        yield extent;
        continue;
      }
      const { source } = extent;
      const end = extent.start + extent.length;
      for (let at = extent.start; at < end;) {
        const unitStart = at - (at % this.#unitBytes);
        const unitEnd = Math.min(unitStart + this.#unitBytes, diskEnd);
        const next = Math.min(unitEnd, end);
        const encrypted: EncryptedExtent = {
          state: 'encoded',
          encrypted: true,
          start: at,
          length: next - at,
          source,
          fileOffset: extent.fileOffset + (unitStart - extent.start),
          encodedBytes: unitEnd - unitStart,
          unit: { start: unitStart, length: unitEnd - unitStart },
        };
        yield encrypted;
        at = next;
      }
    }
  }

  decode({ source, fileOffset, unit }: EncodedExtent, into: Uint8Array): void {
    source.read(fileOffset, into);
    this.#cipher.decrypt(into, (this.#vectors === 'host' ? fileOffset : unit.start) / vectorSectorBytes);
  }
}
