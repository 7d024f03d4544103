/** What lies on a disk or a partition, known by its marks: file systems and what else takes a whole volume. */
import { inEnglish } from '#shared/in-english.ts';
import { MemorySource, readBytes, type ByteSource } from '../bytes/source.ts';
import { bootSectorBytes, bootSectorFileSystem } from './boot-sector.ts';
import { bears, type Mark } from './signatures.ts';

/** A disk that holds one of these without a partition table stays a raw disk, but not one of unknown content. */
export interface ContentSignature {
  readonly id: string;
  readonly title: string;
  readonly label: string | null;
  readonly uuid: string | null;
}

interface TextField {
  readonly offset: number;
  readonly lengthBytes: number;
  readonly encoding?: 'utf16le';
}

interface ContentRule {
  readonly id: string;
  readonly title: string;
  /** Any one of these. */
  readonly marks: readonly Mark[];
  /** What else must be true where the marks are short. */
  readonly accepts?: (volume: ByteSource) => boolean;
  readonly label?: TextField;
  /** The offset of 16 bytes, in the order in which they are written. */
  readonly uuidOffset?: number;
}

/** The features of an ext superblock: 3 × 32 bits from offset 0x5c (compatible, incompatible, read-only). */
const hasJournal = 0x4;
const journalDevice = 0x8;
/** Incompatible and read-only features that ext3 does not know. */
const ext4Incompatible = ~(0x2 | 0x4 | 0x10);
const ext4ReadOnly = ~(0x1 | 0x2 | 0x4);

type ExtKind = 'ext2' | 'ext3' | 'ext4' | 'jbd';

function extKind(volume: ByteSource): ExtKind | null {
  if (volume.sizeBytes < 2048) return null;
  const superblock = new DataView(readBytes(volume, 1024, 1024).buffer);
  const [compatible, incompatible, readOnly] = [0x5c, 0x60, 0x64].map((at) => superblock.getUint32(at, true));
  const inodes = superblock.getUint32(0, true);
  const logBlockBytes = superblock.getUint32(0x18, true);
  if (inodes === 0 || logBlockBytes > 6 || superblock.getUint32(0x4c, true) > 1) return null;
  if ((incompatible! & journalDevice) !== 0) return 'jbd';
  if ((incompatible! & ext4Incompatible) !== 0 || (readOnly! & ext4ReadOnly) !== 0) return 'ext4';
  return (compatible! & hasJournal) === 0 ? 'ext2' : 'ext3';
}

const isExt =
  (kind: ExtKind) =>
  (volume: ByteSource): boolean =>
    extKind(volume) === kind;

const isBootSector =
  (...kinds: readonly string[]) =>
  (volume: ByteSource): boolean => {
    const found = volume.sizeBytes < bootSectorBytes ? null : bootSectorFileSystem(readBytes(volume, 0, 512));
    return found !== null && kinds.includes(found);
  };

/** HFS has a mark of two bytes; its allocation blocks are multiples of 512. */
function isHfs(volume: ByteSource): boolean {
  if (volume.sizeBytes < 1536) return false;
  const block = new DataView(readBytes(volume, 1024, 512).buffer);
  const allocationBlock = block.getUint32(20);
  return allocationBlock > 0 && allocationBlock % 512 === 0 && block.getUint16(18) > 0;
}

const at = (offset: number, magic: string): Mark => ({ offset, magic });
const anywhere = [at(0, '')];
const swapPages = [4096, 8192, 16384, 32768, 65536];
const lvmSectors = [0, 512, 1024, 1536];
/** UDF's volume recognition sequence: a few descriptors of 2 KiB, ISO 9660's own first on a bridge. */
const recognitionDescriptors = Array.from({ length: 16 }, (_, index) => 32769 + index * 2048);

const extMark = [at(0x438, '\x53\xef')];
const extFields = { label: { offset: 0x478, lengthBytes: 16 }, uuidOffset: 0x468 };

const rules: readonly ContentRule[] = [
  { id: 'luks', title: 'LUKS', marks: [at(0, 'LUKS\xba\xbe')] },
  {
    id: 'lvm2',
    title: inEnglish('LVM2 physical volume'),
    marks: lvmSectors.map((offset) => at(offset + 24, 'LVM2 001')),
    accepts: (volume) => lvmSectors.some((offset) => bears(volume, at(offset, 'LABELONE'))),
  },
  {
    id: 'mdraid',
    title: inEnglish('Linux RAID member'),
    marks: [at(4096, '\xfc\x4e\x2b\xa9\x01'), at(0, '\xfc\x4e\x2b\xa9\x01')],
  },
  {
    id: 'xfs',
    title: 'XFS',
    marks: [at(0, 'XFSB')],
    label: { offset: 108, lengthBytes: 12 },
    uuidOffset: 32,
  },
  { id: 'ext4', title: 'ext4', marks: extMark, accepts: isExt('ext4'), ...extFields },
  { id: 'ext3', title: 'ext3', marks: extMark, accepts: isExt('ext3'), ...extFields },
  { id: 'ext2', title: 'ext2', marks: extMark, accepts: isExt('ext2'), ...extFields },
  { id: 'jbd', title: inEnglish('ext journal'), marks: extMark, accepts: isExt('jbd'), ...extFields },
  {
    id: 'btrfs',
    title: inEnglish('Btrfs'),
    marks: [at(0x10040, '_BHRfS_M')],
    label: { offset: 0x1012b, lengthBytes: 256 },
    uuidOffset: 0x10020,
  },
  {
    id: 'f2fs',
    title: 'F2FS',
    marks: [at(0x400, '\x10\x20\xf5\xf2')],
    label: { offset: 0x47c, lengthBytes: 1024, encoding: 'utf16le' },
    uuidOffset: 0x46c,
  },
  { id: 'jfs', title: 'JFS', marks: [at(0x8000, 'JFS1')] },
  { id: 'reiserfs', title: 'ReiserFS', marks: [at(0x10034, 'ReIsEr'), at(0x2034, 'ReIsEr')] },
  {
    id: 'zfs',
    title: 'ZFS',
    marks: [at(0x4018, 'version\0'), at(0x4018, 'name\0\0\0\0')],
    accepts: (v) => bears(v, at(0x4000, '\x01')),
  },
  { id: 'vfat', title: 'FAT', marks: anywhere, accepts: isBootSector('fat12', 'fat16', 'fat32') },
  { id: 'exfat', title: 'exFAT', marks: [at(3, 'EXFAT   ')] },
  { id: 'ntfs', title: 'NTFS', marks: [at(3, 'NTFS    ')] },
  { id: 'refs', title: 'ReFS', marks: [at(3, 'ReFS\0')] },
  { id: 'bitlocker', title: 'BitLocker', marks: [at(3, '-FVE-FS-')] },
  { id: 'apfs', title: 'APFS', marks: [at(32, 'NXSB')] },
  { id: 'hfsplus', title: 'HFS+', marks: [at(1024, 'H+\0\x04'), at(1024, 'HX\0\x05')] },
  { id: 'hfs', title: 'HFS', marks: [at(1024, 'BD')], accepts: isHfs },
  { id: 'squashfs', title: 'SquashFS', marks: [at(0, 'hsqs'), at(0, 'sqsh')] },
  {
    id: 'erofs',
    title: 'EROFS',
    marks: [at(1024, '\xe2\xe1\xf5\xe0')],
    label: { offset: 1088, lengthBytes: 16 },
    uuidOffset: 1072,
  },
  {
    id: 'cramfs',
    title: 'cramfs',
    marks: [at(16, 'Compressed ROMFS')],
    label: { offset: 48, lengthBytes: 16 },
  },
  {
    id: 'ufs',
    title: 'UFS',
    marks: [
      at(0x2000 + 1372, '\x54\x19\x01\0'),
      at(0x2000 + 1372, '\0\x01\x19\x54'),
      at(0x10000 + 1372, '\x19\x01\x54\x19'),
      at(0x10000 + 1372, '\x19\x54\x01\x19'),
    ],
  },
  {
    id: 'swap',
    title: inEnglish('Linux swap'),
    marks: swapPages.flatMap((page) => [at(page - 10, 'SWAPSPACE2'), at(page - 10, 'SWAP-SPACE')]),
    label: { offset: 0x41c, lengthBytes: 16 },
    uuidOffset: 0x40c,
  },
  {
    id: 'iso9660',
    title: 'ISO 9660',
    marks: [at(32769, 'CD001')],
    label: { offset: 32808, lengthBytes: 32 },
  },
  {
    id: 'udf',
    title: 'UDF',
    marks: recognitionDescriptors.flatMap((offset) => [at(offset, 'NSR02'), at(offset, 'NSR03')]),
  },
];

/** All marks lie below: 64 KiB, and the superblock that is the farthest away. */
const headBytes = 68 << 10;

/** What the volume holds; null when nothing is known about it. One read of at most 68 KiB. */
export function recogniseContent(volume: ByteSource): ContentSignature | null {
  const head = new MemorySource(readBytes(volume, 0, Math.min(headBytes, volume.sizeBytes)));
  const rule = rules.find(
    ({ marks, accepts }) => marks.some((mark) => bears(head, mark)) && (accepts?.(head) ?? true),
  );
  if (rule === undefined) return null;
  const { id, title, label, uuidOffset } = rule;
  return {
    id,
    title,
    label: label === undefined ? null : textAt(head, label),
    uuid: uuidOffset === undefined ? null : uuidAt(head, uuidOffset),
  };
}

function textAt(volume: ByteSource, { offset, lengthBytes, encoding }: TextField): string | null {
  if (offset + lengthBytes > volume.sizeBytes) return null;
  const stored = Buffer.from(readBytes(volume, offset, lengthBytes));
  const text = stored
    .toString(encoding ?? 'utf8')
    .split('\0', 1)[0]!
    .trimEnd();
  return text === '' ? null : text;
}

function uuidAt(volume: ByteSource, offset: number): string | null {
  if (offset + 16 > volume.sizeBytes) return null;
  const stored = readBytes(volume, offset, 16);
  if (stored.every((byte) => byte === 0)) return null;
  return Buffer.from(stored)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
