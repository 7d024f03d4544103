/** An XFS volume: its geometry, and any inode or block by number. */
import { inEnglish, type Message } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../../bytes/source.ts';
import {
  features2FileType,
  incompatible,
  malformed,
  readableFeatures,
  superblock,
  unsupported,
  versionFlag,
  type Superblock,
} from './layout.ts';

const cachedPieces = 64;
const isPowerOfTwo = (value: number): boolean => value > 0 && (value & (value - 1)) === 0;

export class XfsVolume {
  readonly source: ByteSource;
  readonly fields: Superblock;
  /** 4, or 5 with checksums. */
  readonly version: number;
  readonly blockBytes: number;
  readonly directoryBlockBytes: number;
  /** Whether directory entries carry a byte for the file's kind. */
  readonly hasFileType: boolean;
  readonly #pieces = new Map<number, Uint8Array>();

  /** @throws Failure `image.malformed`, `image.unsupported`, `image.truncated`. */
  constructor(source: ByteSource) {
    this.source = source;
    const fields = superblock.read(source, 0);
    this.fields = fields;
    if (fields.magic !== 'XFSB') throw superblock.malformed('magic', inEnglish('it is not that of XFS'));
    this.version = fields.version & 0xf;
    if (this.version !== 4 && this.version !== 5) throw unsupported(`version ${this.version}`);
    if (this.version === 4 && (fields.version & versionFlag.directory2) === 0)
      throw unsupported(inEnglish('old directories'));
    const unknown = this.version === 5 ? (fields.incompatible & ~readableFeatures) >>> 0 : 0;
    if (unknown !== 0)
      throw unsupported(inEnglish('the features 0x{unknown}', { unknown: unknown.toString(16) }));
    if (fields.inProgress !== 0)
      throw superblock.malformed('inProgress', inEnglish('the file system was never finished'));
    checkGeometry(fields);
    this.blockBytes = fields.blockBytes;
    this.directoryBlockBytes = fields.blockBytes << fields.directoryBlockLog;
    this.hasFileType =
      this.version === 5 ? this.has('fileType') : (fields.features2 & features2FileType) !== 0;
  }

  has(feature: keyof typeof incompatible): boolean {
    return this.version === 5 && (this.fields.incompatible & incompatible[feature]) !== 0;
  }

  /** Where `count` blocks lie, by the number of a file system block: group, then block. @throws Failure `image.malformed`. */
  blockOffset(number: number, count: number, structure: string): number {
    const { groupBlocks, groupCount, groupBlocksLog, blockCount } = this.fields;
    const groupSpan = 2 ** groupBlocksLog;
    const group = Math.floor(number / groupSpan);
    const within = number % groupSpan;
    const first = group * groupBlocks + within;
    if (group >= groupCount || within + count > groupBlocks || first + count > blockCount) {
      throw malformed(
        structure,
        'startBlock',
        0,
        inEnglish('block {number} is not one of the volume', { number }),
      );
    }
    return first * this.blockBytes;
  }

  /** The inode's bytes. @throws Failure `image.malformed`. */
  inodeRecord(number: number): Uint8Array {
    const perBlock = 2 ** this.fields.inodesPerBlockLog;
    const block = this.piece(this.blockOffset(Math.floor(number / perBlock), 1, 'inode'), this.blockBytes);
    const at = (number % perBlock) * this.fields.inodeBytes;
    return block.subarray(at, at + this.fields.inodeBytes);
  }

  /** Metadata at a byte of the volume, kept for a while; not to be changed. Always asked for by the same lengths. */
  piece(volumeOffset: number, lengthBytes: number): Uint8Array {
    const known = this.#pieces.get(volumeOffset);
    if (known !== undefined && known.length === lengthBytes) return known;
    const piece = readBytes(this.source, volumeOffset, lengthBytes);
    if (this.#pieces.size >= cachedPieces) this.#pieces.delete(this.#pieces.keys().next().value!);
    this.#pieces.set(volumeOffset, piece);
    return piece;
  }
}

function checkGeometry(fields: Superblock): void {
  const { blockBytes, inodeBytes, groupBlocks, groupCount } = fields;
  const wrong = (field: keyof Superblock, problem: Message) => superblock.malformed(field, problem);
  if (!isPowerOfTwo(blockBytes) || blockBytes < 512 || blockBytes > 65536) {
    throw wrong('blockBytes', inEnglish('a block cannot have {blockBytes} bytes', { blockBytes }));
  }
  if (!isPowerOfTwo(inodeBytes) || inodeBytes < 256 || inodeBytes > 2048 || inodeBytes > blockBytes) {
    throw wrong('inodeBytes', inEnglish('an inode cannot have {inodeBytes} bytes', { inodeBytes }));
  }
  if (2 ** fields.inodesPerBlockLog !== blockBytes / inodeBytes) {
    throw wrong('inodesPerBlockLog', inEnglish('it does not fit the sizes of blocks and inodes'));
  }
  if (
    groupCount === 0 ||
    groupBlocks === 0 ||
    fields.groupBlocksLog > 31 ||
    groupBlocks > 2 ** fields.groupBlocksLog
  ) {
    throw wrong('groupBlocks', inEnglish('the groups have no such size'));
  }
  if (blockBytes * 2 ** fields.directoryBlockLog > 65536) {
    throw wrong('directoryBlockLog', inEnglish('directory blocks have at most 64 KiB'));
  }
}
