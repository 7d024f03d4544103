/** Formats that Platter can name but not open, so that none of them is ever taken for a raw disk. */
import type { ImageKind } from '#shared/domain/image.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../bytes/source.ts';

export interface Signature {
  readonly id: string;
  readonly title: string;
  readonly kind: ImageKind;
  /** True where the bytes are a disk (or a medium) as they lie: they may be read as raw. */
  readonly readsAsRaw: boolean;
}

/** Bytes at a fixed place. */
export interface Mark {
  /** From the start of the file; from its end when negative. */
  readonly offset: number;
  /** Latin-1. */
  readonly magic: string;
}

interface Rule extends Signature, Mark {}

const container = { kind: 'unknown', readsAsRaw: false } as const;
const disk = { kind: 'disk', readsAsRaw: false } as const;

const rules: readonly Rule[] = [
  { id: 'qcow', title: 'QCOW 1', ...disk, offset: 0, magic: 'QFI\xfb\0\0\0\x01' },
  { id: 'qed', title: 'QED', ...disk, offset: 0, magic: 'QED\0' },
  { id: 'parallels', title: inEnglish('Parallels HDD'), ...disk, offset: 0, magic: 'WithoutFreeSpace' },
  { id: 'parallels', title: inEnglish('Parallels HDD'), ...disk, offset: 0, magic: 'WithouFreSpacExt' },
  { id: 'dmg', title: inEnglish('Apple disk image'), ...disk, offset: -512, magic: 'koly' },
  { id: 'dmg', title: inEnglish('Encrypted Apple disk image'), ...disk, offset: 0, magic: 'encrcdsa' },
  { id: 'dmg', title: inEnglish('Encrypted Apple disk image'), ...disk, offset: -8, magic: 'cdsaencr' },
  { id: 'sparseimage', title: inEnglish('Apple sparse disk image'), ...disk, offset: 0, magic: 'sprs\0\0\0' },
  { id: 'bochs', title: inEnglish('Bochs'), ...disk, offset: 0, magic: 'Bochs Virtual HD Image' },
  ...['0.', '1.', '2.', '3.', '4.'].map((version) => ({
    id: 'cloop',
    title: 'cloop',
    ...container,
    offset: 0,
    magic: `#!/bin/sh\n#V${version}`,
  })),
  { id: 'asif', title: inEnglish('Apple sparse image'), ...disk, offset: 0, magic: 'shdw' },
  { id: 'wim', title: inEnglish('Windows image'), ...container, offset: 0, magic: 'MSWIM\0\0\0' },
  { id: 'wim', title: inEnglish('Windows image'), ...container, offset: 0, magic: 'WLPWM\0\0\0' },
  ...['hsqs', 'sqsh', 'shsq', 'qshs'].map((magic) => ({
    id: 'squashfs',
    title: 'SquashFS',
    ...container,
    offset: 0,
    magic,
  })),
  { id: 'gzip', title: 'gzip', ...container, offset: 0, magic: '\x1f\x8b\x08' },
  { id: 'xz', title: 'xz', ...container, offset: 0, magic: '\xfd7zXZ\0' },
  { id: 'zstd', title: inEnglish('Zstandard'), ...container, offset: 0, magic: '\x28\xb5\x2f\xfd' },
  { id: 'bzip2', title: 'bzip2', ...container, offset: 0, magic: 'BZh' },
  { id: 'zip', title: 'zip', ...container, offset: 0, magic: 'PK\x03\x04' },
  { id: '7z', title: '7-Zip', ...container, offset: 0, magic: '7z\xbc\xaf\x27\x1c' },
  { id: 'iso', title: 'ISO 9660', kind: 'optical', readsAsRaw: true, offset: 32769, magic: 'CD001' },
];

/** The format whose signature the file bears, if it is one of those above. Reads a few bytes at the start and the end. */
export function recogniseSignature(file: ByteSource): Signature | null {
  return recogniseSignatures(file)[0] ?? null;
}

/** All of them: a file that bears more than one was made to look like two things, or one lies inside the other. */
export function recogniseSignatures(file: ByteSource): readonly Signature[] {
  return rules
    .filter((rule) => bears(file, rule))
    .map(({ id, title, kind, readsAsRaw }) => ({ id, title, kind, readsAsRaw }));
}

/** Whether those bytes are there. */
export function bears(source: ByteSource, { offset, magic }: Mark): boolean {
  const at = offset < 0 ? source.sizeBytes + offset : offset;
  if (at < 0 || at + magic.length > source.sizeBytes) return false;
  const found = new Uint8Array(magic.length);
  source.read(at, found);
  return found.every((byte, index) => byte === magic.charCodeAt(index));
}
