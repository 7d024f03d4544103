/** The files of an XFS volume: inodes, directories, links and content. */
import type { FileEntry } from '#shared/domain/guest.ts';
import type { Fact, Warning } from '#shared/domain/image.ts';
import { formatBytes } from '#shared/text/units.ts';
import { inEnglish } from '#shared/in-english.ts';
import { MemorySource, readBytes, type ByteSource } from '../../../bytes/source.ts';
import { MappedSource, type BlockMap } from '../block-map.ts';
import {
  isoTime,
  kindOfMode,
  nameText,
  type FileTree,
  type TreeMember,
  type TreeNode,
} from '../file-tree.ts';
import { blockEntries, shortFormEntries, type DirectoryMember } from './directory.ts';
import { extentList, extentTree } from './extents.ts';
import {
  directoryDataEnd,
  flags2,
  flags2Offset,
  forkFormat,
  forkOffset,
  inodeCore,
  inodeMagic,
  longestLink,
  malformed,
  realtimeFlag,
  remoteLinkHeaderBytes,
  remoteLinkMagic,
  type InodeCore,
} from './layout.ts';
import type { XfsVolume } from './volume.ts';

/** Times of the "bigtime" feature count nanoseconds from the least time of 32 bits. */
const bigTimeEpochSeconds = 2n ** 31n;

export interface XfsNode extends TreeNode {
  readonly core: InodeCore;
  /** The data fork, inside the inode. */
  readonly fork: Uint8Array;
  readonly extentCount: number;
}

export class XfsTree implements FileTree<XfsNode> {
  readonly format = 'xfs';
  readonly ignoresCase = false;
  readonly label: string | null;
  readonly uuid: string;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
  readonly #volume: XfsVolume;

  constructor(volume: XfsVolume) {
    this.#volume = volume;
    const label = nameText(volume.fields.label).split('\0', 1)[0]!.trim();
    this.label = label === '' ? null : label;
    this.uuid = Buffer.from(volume.fields.uuid)
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    this.facts = [
      { label: inEnglish('XFS version'), value: String(volume.version) },
      { label: inEnglish('Block size'), value: formatBytes(volume.blockBytes) },
    ];
    this.warnings = warningsOf(volume);
  }

  root(): XfsNode {
    const node = this.#node(this.#volume.fields.rootInode);
    if (node.kind !== 'folder') throw malformed('inode', 'mode', 0, inEnglish('the root is not a directory'));
    return node;
  }

  *members(folder: XfsNode): Iterable<TreeMember<XfsNode>> {
    for (const { name, inode } of this.#entries(folder)) yield { name, node: () => this.#node(inode) };
  }

  linkTarget(link: XfsNode): string {
    const { sizeBytes, core, fork } = link;
    if (sizeBytes > longestLink)
      throw malformed('inode', 'size', 0, inEnglish('a link of {sizeBytes} bytes', { sizeBytes }));
    if (core.format === forkFormat.local) {
      if (sizeBytes > fork.length)
        throw malformed('inode', 'size', 0, inEnglish('the link leaves its inode'));
      return nameText(fork.subarray(0, sizeBytes));
    }
    return nameText(this.#remoteTarget(link)).split('\0', 1)[0]!;
  }

  content({ core, fork, sizeBytes, extentCount }: XfsNode, path: string): ByteSource {
    if (core.format === forkFormat.local) {
      if (sizeBytes > fork.length)
        throw malformed('inode', 'size', 0, inEnglish('the content leaves its inode'));
      return new MemorySource(fork.slice(0, sizeBytes), path);
    }
    return new MappedSource(this.#volume.source, path, sizeBytes, this.#map(core, fork, extentCount));
  }

  close(): void {
    this.#volume.source.close();
  }

  /** Version 5 puts a header before each stored piece of the target. */
  #remoteTarget({ core, fork, sizeBytes, extentCount }: XfsNode): Uint8Array {
    const { blockBytes, source, version } = this.#volume;
    const map = this.#map(core, fork, extentCount);
    const target = new Uint8Array(sizeBytes);
    let at = 0;
    for (let done = 0; done < sizeBytes;) {
      const run = map(at);
      const stored = Math.min(run.length, 2 * blockBytes + longestLink);
      const header = version === 5 ? remoteLinkHeaderBytes : 0;
      if (run.volumeOffset === null || stored <= header)
        throw malformed('symbolic link', 'extent', 0, inEnglish('it is a hole'));
      const bytes = readBytes(source, run.volumeOffset, Math.min(stored, header + sizeBytes - done));
      if (header > 0 && Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== remoteLinkMagic) {
        throw malformed('symbolic link', 'magic', run.volumeOffset, inEnglish('it is not that of a link'));
      }
      target.set(bytes.subarray(header), done);
      done += bytes.length - header;
      at += run.length;
    }
    return target;
  }

  *#entries({ core, fork, sizeBytes, extentCount }: XfsNode): Iterable<DirectoryMember> {
    const { hasFileType, directoryBlockBytes, source } = this.#volume;
    if (core.format === forkFormat.local) {
      if (sizeBytes > fork.length)
        throw malformed('inode', 'size', 0, inEnglish('the directory leaves its inode'));
      yield* shortFormEntries(fork.subarray(0, sizeBytes), hasFileType);
      return;
    }
    if (sizeBytes > Math.min(source.sizeBytes, directoryDataEnd)) {
      throw malformed(
        'inode',
        'size',
        0,
        inEnglish('a directory cannot have {sizeBytes} bytes', { sizeBytes }),
      );
    }
    const map = this.#map(core, fork, extentCount);
    const blocks = new MappedSource(source, 'directory', sizeBytes, map);
    for (const run of blocks.runs({ start: 0, length: sizeBytes })) {
      if (run.hole) continue;
      const end = run.start + run.length;
      for (let at = run.start; at < end; at += directoryBlockBytes) {
        yield* blockEntries(readBytes(blocks, at, directoryBlockBytes), hasFileType);
      }
    }
  }

  #map(core: InodeCore, fork: Uint8Array, extentCount: number): BlockMap {
    if (core.format === forkFormat.extents) return extentList(this.#volume, fork, extentCount);
    if (core.format === forkFormat.tree) return extentTree(this.#volume, fork);
    throw malformed('inode', 'format', 0, inEnglish('{format} has no extents', { format: core.format }));
  }

  #node(number: number): XfsNode {
    if (!Number.isSafeInteger(number))
      throw malformed('directory entry', 'inode', 0, inEnglish('no inode has such a number'));
    const record = this.#volume.inodeRecord(number);
    const core = inodeCore.decode(record);
    if (core.magic !== inodeMagic)
      throw malformed('inode', 'magic', 0, inEnglish('inode {number} is none', { number }));
    const version = core.version === 3 ? 3 : 2;
    const start = forkOffset[version];
    const flags =
      version === 3 ? new DataView(record.buffer, record.byteOffset).getBigUint64(flags2Offset) : 0n;
    const end = core.attributeForkOffset === 0 ? record.length : start + core.attributeForkOffset * 8;
    if (end > record.length)
      throw malformed('inode', 'attributeForkOffset', 82, inEnglish('it lies outside of the inode'));
    const kind = kindOfMode(core.mode);
    return {
      key: number,
      kind,
      sizeBytes: kind === 'other' ? 0 : core.size,
      modifiedAt: timeOf(core.modificationTime, (flags & flags2.bigTime) !== 0n),
      mode: core.mode & 0o7777,
      refusal: refusalOf(core, kind),
      core,
      fork: record.subarray(start, end),
      extentCount: (flags & flags2.largeExtentCounts) === 0n ? core.extentCount : core.largeExtentCount,
    };
  }
}

function refusalOf({ flags }: InodeCore, kind: FileEntry['kind']): string | null {
  if (kind === 'other') return 'it is a device, a pipe or a socket';
  return (flags & realtimeFlag) === 0 ? null : 'its content lies on another device';
}

function timeOf(stored: bigint, big: boolean): string | null {
  if (!big) return isoTime(Number(BigInt.asIntN(32, stored >> 32n)), Number(stored & 0xffffffffn));
  const seconds = stored / 1000000000n - bigTimeEpochSeconds;
  return isoTime(Number(seconds), Number(stored % 1000000000n));
}

function warningsOf(volume: XfsVolume): Warning[] {
  const warnings: Warning[] = [];
  if (volume.has('needsRepair')) {
    warnings.push({
      code: 'filesystem.errors',
      message: inEnglish('The file system says that it has to be repaired.'),
    });
  }
  if (volume.fields.blockCount * volume.blockBytes > volume.source.sizeBytes) {
    const message = inEnglish(
      'The file system is larger than the volume that it lies on: its end is missing.',
    );
    warnings.push({ code: 'filesystem.truncated', message });
  }
  return warnings;
}
