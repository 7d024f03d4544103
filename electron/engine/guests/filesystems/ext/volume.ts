/** An ext volume: its geometry, its groups, and any inode or block by number. */
import { inEnglish, type Message } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../../bytes/source.ts';
import {
  extMagic,
  groupDescriptor,
  incompatible,
  inodeTableHighOffset,
  leastInodeBytes,
  malformed,
  readableFeatures,
  superblock,
  superblockOffset,
  unsupported,
  type Superblock,
} from './layout.ts';

/** Blocks kept in memory: those of directories, extent trees and inode tables that were read last. */
const cachedBlocks = 64;

export class ExtVolume {
  readonly source: ByteSource;
  readonly fields: Superblock;
  readonly blockBytes: number;
  readonly blockCount: number;
  readonly inodeBytes: number;
  readonly #descriptorBytes: number;
  readonly #groupCount: number;
  readonly #blocks = new Map<number, Uint8Array>();

  /** @throws Failure `image.malformed`, `image.unsupported`, `image.truncated`. */
  constructor(source: ByteSource) {
    this.source = source;
    const fields = superblock.read(source, superblockOffset);
    this.fields = fields;
    const wrong = (field: keyof Superblock, problem: Message) =>
      superblock.malformed(field, problem, superblockOffset);
    if (fields.magic !== extMagic) throw wrong('magic', inEnglish('it is not that of ext2, ext3 or ext4'));
    if (fields.revision > 1) throw unsupported(`revision ${fields.revision}`);
    if (fields.logBlockSize > 6) throw wrong('logBlockSize', inEnglish('blocks have at most 64 KiB'));
    const features = fields.revision === 0 ? 0 : fields.incompatible;
    const unknown = (features & ~readableFeatures) >>> 0;
    if (unknown !== 0)
      throw unsupported(inEnglish('the features 0x{unknown}', { unknown: unknown.toString(16) }));
    this.blockBytes = 1024 << fields.logBlockSize;
    this.inodeBytes = fields.revision === 0 ? leastInodeBytes : fields.inodeBytes;
    const { inodeBytes, blockBytes } = this;
    if (inodeBytes < leastInodeBytes || inodeBytes > blockBytes || (inodeBytes & (inodeBytes - 1)) !== 0) {
      throw wrong('inodeBytes', inEnglish('an inode cannot have {inodeBytes} bytes', { inodeBytes }));
    }
    const wide = (features & incompatible.bits64) !== 0;
    this.#descriptorBytes = wide ? fields.descriptorBytes : 32;
    if (this.#descriptorBytes < 32 || this.#descriptorBytes > 1024 || this.#descriptorBytes % 8 !== 0) {
      throw wrong(
        'descriptorBytes',
        inEnglish('a descriptor cannot have {descriptorBytes} bytes', {
          descriptorBytes: this.#descriptorBytes,
        }),
      );
    }
    this.blockCount = fields.blockCountLow + (wide ? fields.blockCountHigh * 2 ** 32 : 0);
    // With clusters of several blocks the bitmap counts those.
    if (fields.blocksPerGroup === 0 || fields.clustersPerGroup > blockBytes * 8) {
      throw wrong('blocksPerGroup', inEnglish('a group has one bitmap block'));
    }
    if (fields.inodesPerGroup === 0 || fields.inodesPerGroup > blockBytes * 8) {
      throw wrong('inodesPerGroup', inEnglish('a group has one bitmap block'));
    }
    if (fields.firstDataBlock > 1 || this.blockCount <= fields.firstDataBlock) {
      throw wrong('blockCountLow', inEnglish('there are no blocks'));
    }
    this.#groupCount = Math.ceil((this.blockCount - fields.firstDataBlock) / fields.blocksPerGroup);
  }

  has(feature: keyof typeof incompatible): boolean {
    return this.fields.revision > 0 && (this.fields.incompatible & incompatible[feature]) !== 0;
  }

  /** The block, read once for a while; not to be changed. @throws Failure `image.malformed`, `image.truncated`. */
  block(number: number, structure: string): Uint8Array {
    const known = this.#blocks.get(number);
    if (known !== undefined) return known;
    const block = readBytes(this.source, this.blockOffset(number, structure), this.blockBytes);
    if (this.#blocks.size >= cachedBlocks) this.#blocks.delete(this.#blocks.keys().next().value!);
    this.#blocks.set(number, block);
    return block;
  }

  /** Where `count` blocks lie. @throws Failure `image.malformed` for blocks that the volume does not have. */
  blockOffset(number: number, structure: string, count = 1): number {
    if (number < 1 || number + count > this.blockCount) {
      throw malformed(
        structure,
        'block',
        0,
        inEnglish("block {number} is not one of the volume's {blockCount}", {
          number,
          blockCount: this.blockCount,
        }),
      );
    }
    return number * this.blockBytes;
  }

  /** Where the inode lies. @throws Failure `image.malformed`. */
  inodeOffset(number: number): number {
    const { inodesPerGroup, inodeCount } = this.fields;
    if (number < 1 || number > inodeCount) {
      throw malformed(
        'directory entry',
        'inode',
        0,
        inEnglish("inode {number} is not one of the volume's {inodeCount}", { number, inodeCount }),
      );
    }
    const group = Math.floor((number - 1) / inodesPerGroup);
    const within = ((number - 1) % inodesPerGroup) * this.inodeBytes;
    const table = this.#inodeTable(group);
    return (
      this.blockOffset(table + Math.floor(within / this.blockBytes), 'inode table') +
      (within % this.blockBytes)
    );
  }

  /** The inode's bytes, all of them. */
  inodeRecord(number: number): Uint8Array {
    const at = this.inodeOffset(number);
    const within = at % this.blockBytes;
    return this.block(Math.floor(at / this.blockBytes), 'inode table').subarray(
      within,
      within + this.inodeBytes,
    );
  }

  #inodeTable(group: number): number {
    if (group >= this.#groupCount)
      throw malformed('superblock', 'inodeCount', superblockOffset, inEnglish('a group is missing'));
    const perBlock = Math.floor(this.blockBytes / this.#descriptorBytes);
    const block = this.#descriptorBlock(Math.floor(group / perBlock), perBlock);
    const at = (group % perBlock) * this.#descriptorBytes;
    const bytes = this.block(block, 'group descriptor');
    const low = groupDescriptor.decode(bytes, at).inodeTableLow;
    if (this.#descriptorBytes < 64) return low;
    const high = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + inodeTableHighOffset, true);
    return low + high * 2 ** 32;
  }

  /** Descriptors follow the superblock, or, with meta block groups, lie at the start of each meta group. */
  #descriptorBlock(index: number, perBlock: number): number {
    const { firstDataBlock, firstMetaGroup, blocksPerGroup } = this.fields;
    if (!this.has('metaBlockGroups') || index < firstMetaGroup) {
      // A volume of 1 KiB blocks has its superblock in block 1, all others in block 0.
      return (this.blockBytes === 1024 ? 1 : 0) + 1 + index;
    }
    const group = index * perBlock;
    return firstDataBlock + group * blocksPerGroup + (this.#hasSuperblock(group) ? 1 : 0);
  }

  #hasSuperblock(group: number): boolean {
    const sparse = (this.fields.readOnlyCompatible & 0x1) !== 0;
    if (!sparse || group <= 1) return true;
    return [3, 5, 7].some((base) => {
      let power = base;
      while (power < group) power *= base;
      return power === group;
    });
  }
}
