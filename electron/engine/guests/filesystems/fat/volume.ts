/** A FAT volume: its geometry, and the chains of clusters that its table links. */
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../../bytes/source.ts';
import {
  biosParameterBlock,
  fatGeometry,
  type BiosParameterBlock,
  type FatGeometry,
} from '../../../disks/boot-sector.ts';
import type { BlockMap } from '../block-map.ts';
import { ClusterRuns } from './cluster-runs.ts';
import { malformed } from './layout.ts';

/** The table is read in windows of this size; chains rarely leave one. */
const windowBytes = 65536;

export class FatVolume {
  readonly source: ByteSource;
  readonly block: BiosParameterBlock;
  readonly geometry: FatGeometry;
  readonly clusterBytes: number;
  #window: { readonly start: number; readonly bytes: Uint8Array } = { start: 0, bytes: new Uint8Array(0) };

  /** @throws Failure `image.malformed`, `image.truncated`. */
  constructor(source: ByteSource) {
    this.source = source;
    this.block = biosParameterBlock.read(source, 0);
    const geometry = fatGeometry(this.block);
    if (geometry === null)
      throw biosParameterBlock.malformed('bytesPerSector', inEnglish('it describes no FAT volume'));
    this.geometry = geometry;
    this.clusterBytes = this.block.bytesPerSector * this.block.sectorsPerCluster;
  }

  /** Where the fixed root directory of FAT12 and FAT16 lies. */
  get rootOffset(): number {
    const { firstDataSector, rootSectors } = this.geometry;
    return (firstDataSector - rootSectors) * this.block.bytesPerSector;
  }

  /**
   * The map of the chain from `firstCluster` on, followed only as far as it is asked for, and never beyond `sizeBytes`:
   * so a chain that comes back to itself ends too. @throws Failure `image.malformed` where the chain ends before.
   */
  chain(firstCluster: number, sizeBytes: number): BlockMap {
    const runs = new ClusterRuns();
    const most = Math.ceil(sizeBytes / this.clusterBytes);
    let next = firstCluster;
    const extend = (): void => {
      if (runs.clusterCount >= most)
        throw malformed('cluster chain', 'length', 0, inEnglish('it is asked beyond its end'));
      this.#requireCluster(next);
      runs.append(next);
      if (runs.clusterCount < most) next = this.nextCluster(next);
    };
    return (fileOffset) => {
      const within = fileOffset % this.clusterBytes;
      const wanted = (fileOffset - within) / this.clusterBytes;
      while (runs.clusterCount <= wanted) extend();
      const { cluster, count } = runs.at(wanted);
      return {
        length: count * this.clusterBytes - within,
        volumeOffset: this.clusterOffset(cluster) + within,
      };
    };
  }

  /** The number of clusters of a directory's chain, at most `most`. @throws Failure `image.malformed` for a chain that is longer, or a loop. */
  chainLength(firstCluster: number, most: number): number {
    let count = 0;
    for (let cluster = firstCluster; !this.isEnd(cluster); cluster = this.nextCluster(cluster)) {
      this.#requireCluster(cluster);
      if (++count > most)
        throw malformed(
          'cluster chain',
          'length',
          0,
          inEnglish('it is a loop, or longer than any directory'),
        );
    }
    return count;
  }

  /** The table's entry: the cluster that follows. FAT12 packs two entries in three bytes. */
  nextCluster(cluster: number): number {
    const { variant } = this.geometry;
    if (variant === 'fat32') return this.#tableNumber(cluster * 4, 4) & 0x0fffffff;
    if (variant === 'fat16') return this.#tableNumber(cluster * 2, 2);
    const pair = this.#tableNumber(cluster + (cluster >> 1), 2);
    return (cluster & 1) === 0 ? pair & 0xfff : pair >> 4;
  }

  isEnd(cluster: number): boolean {
    const { variant } = this.geometry;
    return cluster >= (variant === 'fat32' ? 0x0ffffff8 : variant === 'fat16' ? 0xfff8 : 0xff8);
  }

  clusterOffset(cluster: number): number {
    return this.geometry.firstDataSector * this.block.bytesPerSector + (cluster - 2) * this.clusterBytes;
  }

  #requireCluster(cluster: number): void {
    if (cluster < 2 || cluster - 2 >= this.geometry.clusterCount) {
      throw malformed(
        'cluster chain',
        'cluster',
        0,
        inEnglish('cluster {cluster} is not one of the volume', { cluster }),
      );
    }
  }

  #tableNumber(tableOffset: number, lengthBytes: 2 | 4): number {
    const { bytesPerSector, reservedSectors } = this.block;
    const tableBytes = this.geometry.fatSectors * bytesPerSector;
    if (tableOffset + lengthBytes > tableBytes) {
      throw malformed(
        'file allocation table',
        'entry',
        tableOffset,
        inEnglish('the table is too short for its clusters'),
      );
    }
    const within = tableOffset - this.#window.start;
    if (within < 0 || within + lengthBytes > this.#window.bytes.length) {
      // Windows begin at even places, a number of two bytes may begin at an odd one.
      const start = tableOffset - (tableOffset % (windowBytes / 2));
      const length = Math.min(windowBytes, tableBytes - start);
      this.#window = {
        start,
        bytes: readBytes(this.source, reservedSectors * bytesPerSector + start, length),
      };
    }
    const { bytes, start } = this.#window;
    const view = new DataView(bytes.buffer, bytes.byteOffset + tableOffset - start);
    return lengthBytes === 2 ? view.getUint16(0, true) : view.getUint32(0, true);
  }
}
