/** The files of a FAT volume. */
import type { Fact, Warning } from '#shared/domain/image.ts';
import { formatBytes } from '#shared/text/units.ts';
import { inEnglish } from '#shared/in-english.ts';
import { MemorySource, readBytes, type ByteSource } from '../../../bytes/source.ts';
import { MappedSource } from '../block-map.ts';
import type { FileTree, TreeMember, TreeNode } from '../file-tree.ts';
import { labelEntry, membersOf } from './directory.ts';
import { attribute, entryBytes, largestDirectoryBytes, malformed, type DirectoryEntry } from './layout.ts';
import { labelText } from './names.ts';
import type { FatVolume } from './volume.ts';

const variantTitles = { fat12: 'FAT12', fat16: 'FAT16', fat32: 'FAT32' } as const;

export interface FatNode extends TreeNode {
  readonly firstCluster: number;
}

export class FatTree implements FileTree<FatNode> {
  readonly format = 'fat';
  readonly ignoresCase = true;
  readonly label: string | null;
  readonly uuid: string | null;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
  readonly #volume: FatVolume;

  constructor(volume: FatVolume) {
    this.#volume = volume;
    const { block, geometry } = volume;
    const wide = geometry.variant === 'fat32';
    const signed = (wide ? block.extendedSignature32 : block.extendedSignature16) === 0x29;
    const inDirectory = labelEntry(this.#blocks(this.root()));
    const inBootSector = signed ? labelText(wide ? block.label32 : block.label16) : null;
    this.label = inDirectory === null ? inBootSector : labelText(inDirectory);
    const id = (wide ? block.volumeId32 : block.volumeId16).toString(16).toUpperCase().padStart(8, '0');
    this.uuid = signed ? `${id.slice(0, 4)}-${id.slice(4)}` : null;
    this.facts = [
      { label: inEnglish('Variant'), value: variantTitles[geometry.variant] },
      { label: inEnglish('Cluster size'), value: formatBytes(volume.clusterBytes) },
    ];
    this.warnings = warningsOf(volume);
  }

  root(): FatNode {
    const firstCluster = this.#volume.geometry.variant === 'fat32' ? this.#volume.block.rootCluster : 0;
    const nothing = { sizeBytes: 0, modifiedAt: null, mode: null, refusal: null };
    return { key: firstCluster, kind: 'folder', ...nothing, firstCluster };
  }

  *members(folder: FatNode): Iterable<TreeMember<FatNode>> {
    for (const { name, entry } of membersOf(this.#blocks(folder)))
      yield { name, node: () => this.#node(entry) };
  }

  linkTarget(): string {
    return '';
  }

  content({ sizeBytes, firstCluster }: FatNode, path: string): ByteSource {
    if (sizeBytes === 0) return new MemorySource(new Uint8Array(0), path);
    if (sizeBytes > this.#volume.geometry.clusterCount * this.#volume.clusterBytes) {
      throw malformed('directory entry', 'sizeBytes', 0, inEnglish('the file is larger than its volume'));
    }
    const map = this.#volume.chain(firstCluster, sizeBytes);
    return new MappedSource(this.#volume.source, path, sizeBytes, map);
  }

  close(): void {
    this.#volume.source.close();
  }

  /** A directory's bytes in pieces: the fixed root, or one cluster after the other. */
  *#blocks({ firstCluster }: FatNode): Iterable<Uint8Array> {
    const { source, clusterBytes, block } = this.#volume;
    if (firstCluster === 0) {
      yield readBytes(source, this.#volume.rootOffset, block.rootEntries * entryBytes);
      return;
    }
    const most = Math.max(1, Math.ceil(largestDirectoryBytes / clusterBytes));
    const count = this.#volume.chainLength(firstCluster, most);
    const map = this.#volume.chain(firstCluster, count * clusterBytes);
    for (let index = 0; index < count; index++) {
      yield readBytes(source, map(index * clusterBytes).volumeOffset!, clusterBytes);
    }
  }

  #node(entry: DirectoryEntry): FatNode {
    const isFolder = (entry.attributes & attribute.folder) !== 0;
    const high = this.#volume.geometry.variant === 'fat32' ? entry.clusterHigh : 0;
    const firstCluster = high * 65536 + entry.clusterLow;
    return {
      key: firstCluster,
      kind: isFolder ? 'folder' : 'file',
      sizeBytes: isFolder ? 0 : entry.sizeBytes,
      modifiedAt: localTime(entry.writeDate, entry.writeTime),
      mode: null,
      refusal: null,
      firstCluster,
    };
  }
}

/** ISO 8601 without a zone: FAT keeps the clock of whoever wrote. */
function localTime(date: number, time: number): string | null {
  const [month, day] = [(date >> 5) & 0xf, date & 0x1f];
  const [hour, minute, second] = [time >> 11, (time >> 5) & 0x3f, (time & 0x1f) * 2];
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return null;
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${1980 + (date >> 9)}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`;
}

/** The second entry of the table says whether the volume was put away properly; FAT12 has no room for it. */
function warningsOf(volume: FatVolume): Warning[] {
  const { geometry, block, source } = volume;
  const warnings: Warning[] = [];
  const cleanBit = { fat12: 0, fat16: 0x8000, fat32: 0x08000000 }[geometry.variant];
  if (cleanBit !== 0 && (volume.nextCluster(1) & cleanBit) === 0) {
    warnings.push({
      code: 'filesystem.dirty',
      message: inEnglish('The file system was not unmounted: it may need a check.'),
    });
  }
  if (geometry.totalSectors * block.bytesPerSector > source.sizeBytes) {
    const message = inEnglish(
      'The file system is larger than the volume that it lies on: its end is missing.',
    );
    warnings.push({ code: 'filesystem.truncated', message });
  }
  return warnings;
}
