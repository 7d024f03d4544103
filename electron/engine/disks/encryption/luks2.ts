/** LUKS version 2: from its metadata to the cipher of its data segment (LUKS2 On-Disk Format Specification 1.0). */
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { KeyDerivation } from './key-derivation.ts';
import {
  readDigests,
  readKeySlots,
  readSegment,
  type Luks2Digest,
  type Luks2KeySlot,
  type Luks2Segment,
} from './luks2-metadata.ts';
import { readLuks2Metadata } from './luks2-header.ts';
import { firstKey, readKeyMaterial, sameBytes, type LuksVolume } from './luks-volume.ts';
import { parseCipher, SectorCipher } from './sector-cipher.ts';

/** Reads the headers at the start of `source`; failures of unlocking are in the name of `format`. @throws Failure `image.*`. */
export function readLuks2(source: ByteSource, format: string): LuksVolume {
  const { json, label, uuid } = readLuks2Metadata(source);
  const segment = readSegment(json);
  const slots = readKeySlots(json);
  const digests = readDigests(json);
  const kinds = slots.map(({ derivation }) =>
    derivation.type === 'pbkdf2' ? `PBKDF2 (${derivation.hash})` : derivation.variant,
  );
  const facts = [
    { label: inEnglish('LUKS version'), value: '2' },
    { label: inEnglish('Cipher'), value: segment.encryption },
    { label: inEnglish('Key derivation'), value: [...new Set(kinds)].join(', ') },
    { label: inEnglish('Key slots in use'), value: `${slots.length}` },
    { label: 'UUID', value: uuid },
  ];
  if (label !== '') facts.push({ label: inEnglish('Label'), value: label });
  return {
    version: 2,
    cipher: segment.encryption,
    payloadOffset: segment.offset,
    payloadBytes: segment.lengthBytes,
    sectorBytes: segment.sectorBytes,
    facts,
    unlock(passphrase) {
      const key = unlockSlots(source, segment, slots, digests, passphrase, format);
      const { encryption, sectorBytes, vectorOffset } = segment;
      return new SectorCipher(parseCipher(encryption, format), key, format, sectorBytes, vectorOffset);
    },
  };
}

function unlockSlots(
  source: ByteSource,
  segment: Luks2Segment,
  slots: readonly Luks2KeySlot[],
  digests: readonly Luks2Digest[],
  passphrase: string,
  format: string,
): Uint8Array {
  const derivation = new KeyDerivation(format);
  const secret = new TextEncoder().encode(passphrase);
  return firstKey(
    slots,
    (slot) => {
      const digest = digests.find(
        ({ keySlots, segments }) => keySlots.includes(slot.id) && segments.includes(segment.id),
      );
      // A slot without a digest for the segment holds the key of something else.
      if (digest === undefined) return null;
      const { area, keyBytes, stripes, stripeHash: hash } = slot;
      const slotKey =
        slot.derivation.type === 'pbkdf2'
          ? derivation.pbkdf2(secret, slot.derivation, area.keyBytes)
          : derivation.argon2(secret, slot.derivation, area.keyBytes);
      const material = { fileOffset: area.offset, cipher: area.encryption, keyBytes, stripes, hash };
      const key = readKeyMaterial(source, slotKey, material, format);
      return sameBytes(derivation.pbkdf2(key, digest, digest.digest.length), digest.digest) ? key : null;
    },
    format,
  );
}
