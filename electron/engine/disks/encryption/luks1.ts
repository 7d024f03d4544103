/** LUKS version 1: the header, its eight key slots, and unlocking one (LUKS On-Disk Format Specification 1.2). */
import { inEnglish } from '#shared/in-english.ts';
import { ascii, bytes, struct, u16be, u32be, type ValuesOf } from '../../bytes/struct.ts';
import { requireWithin, type ByteSource } from '../../bytes/source.ts';
import { KeyDerivation } from './key-derivation.ts';
import { firstKey, readKeyMaterial, sameBytes, type LuksVolume } from './luks-volume.ts';
import { parseCipher, SectorCipher, vectorSectorBytes } from './sector-cipher.ts';

export const luksMagic = 'LUKS\xba\xbe';

/** Section 2.3, figure 1. Texts end with a NUL; offsets are in sectors of 512 bytes. */
export const luks1Header = struct({ format: 'luks', name: 'LUKS partition header' }, 208, {
  magic: ascii(0, 6),
  version: u16be(6),
  cipherName: ascii(8, 32),
  cipherMode: ascii(40, 32),
  hashSpec: ascii(72, 32),
  payloadOffset: u32be(104),
  keyBytes: u32be(108),
  mkDigest: bytes(112, 20),
  mkDigestSalt: bytes(132, 32),
  mkDigestIter: u32be(164),
  uuid: ascii(168, 40),
});

/** Section 2.3, figure 2. */
export const luks1KeySlot = struct({ format: 'luks', name: 'LUKS key slot' }, 48, {
  active: u32be(0),
  iterations: u32be(4),
  salt: bytes(8, 32),
  keyMaterialOffset: u32be(40),
  stripes: u32be(44),
});

export const luks1HeaderBytes = 592;
const slotCount = 8;
const slotEnabled = 0x00ac71f3;
const slotDisabled = 0x0000dead;
const maximumKeyBytes = 512;

type Header = ValuesOf<typeof luks1Header.fields>;
type KeySlot = ValuesOf<typeof luks1KeySlot.fields>;

/** Reads the header at the start of `source`; failures of unlocking are in the name of `format`. @throws Failure `image.*`. */
export function readLuks1(source: ByteSource, format: string): LuksVolume {
  const header = luks1Header.read(source, 0);
  if (header.magic !== luksMagic)
    throw luks1Header.malformed('magic', inEnglish('it is not "LUKS\\xba\\xbe"'));
  if (header.version !== 1)
    throw luks1Header.malformed('version', inEnglish('{version} is not 1', { version: header.version }));
  if (header.keyBytes < 1 || header.keyBytes > maximumKeyBytes) {
    throw luks1Header.malformed(
      'keyBytes',
      inEnglish('{keyBytes} is no length of a key', { keyBytes: header.keyBytes }),
    );
  }
  const slots = readSlots(source, header.keyBytes);
  const cipher = `${textOf(header.cipherName)}-${textOf(header.cipherMode)}`;
  const hash = textOf(header.hashSpec).toLowerCase();
  return {
    version: 1,
    cipher,
    payloadOffset: header.payloadOffset * vectorSectorBytes,
    payloadBytes: null,
    sectorBytes: vectorSectorBytes,
    facts: [
      { label: inEnglish('LUKS version'), value: '1' },
      { label: inEnglish('Cipher'), value: cipher },
      { label: inEnglish('Key size'), value: inEnglish('{count} bits', { count: header.keyBytes * 8 }) },
      { label: inEnglish('Key derivation'), value: `PBKDF2 (${hash})` },
      { label: inEnglish('Key slots in use'), value: `${slots.length}` },
      { label: 'UUID', value: textOf(header.uuid) },
    ],
    unlock(passphrase) {
      const key = unlockSlots(source, header, slots, hash, cipher, passphrase, format);
      return new SectorCipher(parseCipher(cipher, format), key, format);
    },
  };
}

function readSlots(source: ByteSource, keyBytes: number): KeySlot[] {
  const slots: KeySlot[] = [];
  for (let index = 0; index < slotCount; index++) {
    const at = luks1Header.sizeBytes + index * luks1KeySlot.sizeBytes;
    const slot = luks1KeySlot.read(source, at);
    if (slot.active === slotDisabled) continue;
    if (slot.active !== slotEnabled) {
      throw luks1KeySlot.malformed(
        'active',
        inEnglish('0x{active} is neither on nor off', { active: slot.active.toString(16) }),
        at,
      );
    }
    if (slot.stripes < 1) throw luks1KeySlot.malformed('stripes', inEnglish('there are none'), at);
    requireWithin(source, slot.keyMaterialOffset * vectorSectorBytes, slot.stripes * keyBytes);
    slots.push(slot);
  }
  return slots;
}

function unlockSlots(
  source: ByteSource,
  header: Header,
  slots: readonly KeySlot[],
  hash: string,
  cipher: string,
  passphrase: string,
  format: string,
): Uint8Array {
  const derivation = new KeyDerivation(format);
  const secret = new TextEncoder().encode(passphrase);
  const { keyBytes, mkDigest, mkDigestSalt, mkDigestIter } = header;
  return firstKey(
    slots,
    ({ salt, iterations, keyMaterialOffset, stripes }) => {
      const slotKey = derivation.pbkdf2(secret, { hash, salt, iterations }, keyBytes);
      const fileOffset = keyMaterialOffset * vectorSectorBytes;
      const key = readKeyMaterial(source, slotKey, { fileOffset, cipher, keyBytes, stripes, hash }, format);
      const digest = derivation.pbkdf2(
        key,
        { hash, salt: mkDigestSalt, iterations: mkDigestIter },
        mkDigest.length,
      );
      return sameBytes(digest, mkDigest) ? key : null;
    },
    format,
  );
}

/** Text up to its first NUL. */
export function textOf(padded: string): string {
  const end = padded.indexOf('\0');
  return end < 0 ? padded : padded.slice(0, end);
}
