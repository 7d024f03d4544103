/** What the structures of an image refer to: each cluster counted, and whether anything is not in the file. */
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { ClusterCounts } from './cluster-counts.ts';
import type { Findings } from './findings.ts';
import type { Header } from './header.ts';
import { maximumRefcount } from './stored-refcounts.ts';
import type { WordReader } from './word-reader.ts';

/** References are counted as qemu counts them, so that a check of either finds the same numbers. */
export class References {
  readonly counts = new ClusterCounts(65536);
  /** The clusters of all but L2 tables and data: nothing that is mended may lie in them. */
  readonly metadata = new ClusterCounts(1024);
  /** Whether anything refers to what is not in the file: it must not grow then. */
  leadsBeyond = false;
  readonly #file: ByteSource;
  readonly #clusterBytes: number;
  readonly #maximum: number;
  readonly #reader: WordReader;
  readonly #findings: Findings;

  constructor(file: ByteSource, header: Header, reader: WordReader, findings: Findings) {
    this.#file = file;
    this.#clusterBytes = header.clusterBytes;
    this.#maximum = maximumRefcount(header.refcountBits);
    this.#reader = reader;
    this.#findings = findings;
  }

  /** Adds what lies at a range of the file, which may end less than a cluster beyond the end of the file. */
  refer(fileOffset: number, lengthBytes: number, name: string, times = 1): void {
    if (lengthBytes <= 0) return;
    const clusterBytes = this.#clusterBytes;
    if (fileOffset + lengthBytes - this.#file.sizeBytes >= clusterBytes) {
      this.leadsBeyond = true;
      this.#findings.add(
        'corruption',
        fileOffset,
        () => `What ${name} refers to lies beyond the end of the file.`,
        times,
      );
      return;
    }
    const last = Math.floor((fileOffset + lengthBytes - 1) / clusterBytes);
    for (let cluster = Math.floor(fileOffset / clusterBytes); cluster <= last; cluster++) {
      const room = this.#maximum - this.counts.get(cluster);
      this.counts.add(cluster, Math.min(times, room));
      if (times > room) {
        const problem = inEnglish(
          'Cluster {cluster} is referred to more often than its refcount can count.',
          { cluster },
        );
        this.#findings.add('corruption', cluster * clusterBytes, () => problem, times - room);
      }
    }
  }

  /** The same for what is neither an L2 table nor data. @throws Failure `image.malformed` when tables overlap without end. */
  referMetadata(fileOffset: number, lengthBytes: number, name: string): void {
    const clusterBytes = this.#clusterBytes;
    this.#reader.charge(fileOffset, lengthBytes);
    this.refer(fileOffset, lengthBytes, name);
    if (lengthBytes <= 0 || fileOffset + lengthBytes - this.#file.sizeBytes >= clusterBytes) return;
    const last = Math.floor((fileOffset + lengthBytes - 1) / clusterBytes);
    for (let cluster = Math.floor(fileOffset / clusterBytes); cluster <= last; cluster++) {
      this.metadata.add(cluster, 1);
    }
  }
}
