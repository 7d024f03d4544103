/** Reads qcow2 images of versions 2 and 3: what lies where, and the decoding of compressed and encrypted clusters. */
import type { OptionValues } from '#shared/domain/conversion.ts';
import type { Fact, FileReference, Snapshot, Span, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { DiskReader, EncodedExtent, Extent, OpenChoices, OpenContext } from '../driver.ts';
import { readBitmapFacts } from './bitmaps.ts';
import { isEncrypted, unlockClusters, type ClusterCipher } from './cluster-cipher.ts';
import { ClusterMap, type MappedRun } from './cluster-map.ts';
import { encodingName, inflateInto, maximumEncodedBytes, zstdInto } from './compressed-clusters.ts';
import { driverOfFormatName } from './backing-format.ts';
import { describeHeader, headerWarnings } from './facts.ts';
import { readHeader, type Header } from './header.ts';
import { format, malformedEntry, sectorBytes, unsupported } from './layout.ts';
import { MetadataClusters } from './metadata-clusters.ts';
import { l1EntryForm, readPointers, refcountEntryForm } from './pointer-table.ts';
import { describeSnapshots, headerOfSnapshot, readSnapshotTable } from './snapshots.ts';

/**
 * Opens a qcow2 image and checks all tables but the L2 ones, which are checked as they are read.
 * @throws Failure `image.*`; what `context` throws for an external data file. Closes `file` when it throws.
 */
export function openQcow2(file: ByteSource, context: OpenContext, choices: OpenChoices = {}): DiskReader {
  let data: ByteSource | null = null;
  try {
    const active = readHeader(file);
    const { entries } = readSnapshotTable(file, active);
    const { snapshot, passphrase } = choices;
    const header = snapshot === undefined ? active : headerOfSnapshot(file, active, entries, snapshot);
    const tables = readTables(file, header);
    const facts = [...describeHeader(header), ...readBitmapFacts(file, header)];
    const cipher = passphrase === undefined ? null : unlockClusters(file, header, passphrase);
    if (header.hasDataFile) data = openDataFile(header, context);
    const snapshots = describeSnapshots(entries);
    return new Qcow2Reader({ file, data, header, tables, snapshots, facts, cipher });
  } catch (error) {
    data?.close();
    file.close();
    throw error;
  }
}

function openDataFile(header: Header, context: OpenContext): ByteSource {
  const name = header.extensions.dataFile;
  if (name === null || name === '')
    throw unsupported(inEnglish('an external data file that the image does not name'));
  return context.openReference({ name, format: 'raw' });
}

interface Tables {
  /** The offsets of the L2 tables, 0 where there is none. */
  readonly l1: Float64Array;
  readonly metadata: MetadataClusters;
}

function readTables(file: ByteSource, header: Header): Tables {
  const { clusterBytes, l1TableOffset, refcountTableOffset } = header;
  const ranges = [
    { name: 'header', fileOffset: 0, start: 0, length: clusterBytes },
    { name: 'L1 table', fileOffset: 40, start: l1TableOffset, length: header.l1Size * 8 },
  ];
  // Refcounts say nothing in an image that was not closed cleanly; its data can be read all the same.
  const refcounted = !header.dirty && !header.corrupt;
  const length = header.refcountTableClusters * clusterBytes;
  if (refcounted) ranges.push({ name: 'refcount table', fileOffset: 48, start: refcountTableOffset, length });
  const metadata = new MetadataClusters(ranges, clusterBytes);
  const l1 = readPointers(file, l1EntryForm, l1TableOffset, header.usedL1Entries, clusterBytes);
  metadata.addTables(l1);
  if (refcounted) {
    metadata.addTables(readPointers(file, refcountEntryForm, refcountTableOffset, length / 8, clusterBytes));
  }
  return { l1, metadata };
}

interface OpenedImage {
  readonly file: ByteSource;
  readonly data: ByteSource | null;
  readonly header: Header;
  readonly tables: Tables;
  readonly snapshots: readonly Snapshot[];
  readonly facts: readonly Fact[];
  readonly cipher: ClusterCipher | null;
}

class Qcow2Reader implements DiskReader {
  readonly capacityBytes: number;
  readonly sectorBytes = sectorBytes;
  readonly variant: string | null;
  readonly parent: FileReference | null;
  readonly snapshots: readonly Snapshot[];
  readonly encryption: string | null;
  readonly facts: readonly Fact[];
  readonly options: OptionValues;
  readonly warnings: readonly Warning[];
  readonly #header: Header;
  readonly #file: ByteSource;
  readonly #dataFile: ByteSource | null;
  readonly #data: ByteSource;
  readonly #map: ClusterMap;
  readonly #cipher: ClusterCipher | null;
  #encoded = new Uint8Array(0);

  constructor({ file, data, header, tables, snapshots, facts, cipher }: OpenedImage) {
    const { backingFile, extensions } = header;
    this.capacityBytes = header.capacityBytes;
    // Only the unusual compression is on record; whether any cluster is compressed the tables alone know.
    this.variant = header.compression === 'zstd' ? 'zstd' : null;
    this.parent =
      backingFile === null
        ? null
        : { name: backingFile, format: driverOfFormatName(extensions.backingFormat || null) };
    this.snapshots = snapshots;
    this.encryption = cipher === null ? header.encryption : null;
    this.facts = facts;
    this.options = {
      cluster_size: header.clusterBytes,
      compat: header.version === 2 ? '0.10' : '1.1',
      refcount_bits: String(header.refcountBits),
      extended_l2: header.extendedL2,
    };
    this.warnings = headerWarnings(header);
    this.#header = header;
    this.#file = file;
    this.#dataFile = data;
    this.#data = data ?? file;
    this.#cipher = cipher;
    this.#map = new ClusterMap(header, file, this.#data, tables.l1, data === null ? tables.metadata : null);
  }

  extents(span: Span): Iterable<Extent> {
    if (this.encryption !== null) throw new Failure('image.encrypted', { format, method: this.encryption });
    return this.#cipher === null ? this.#walk(span) : this.#cipher.encrypted(this.#walk(span), this);
  }

  *#walk(span: Span): Iterable<Extent> {
    const end = span.start + span.length;
    const run: MappedRun = { state: 'absent', length: 0, fileOffset: 0, encodedBytes: 0 };
    let at = span.start;
    // The runs joined so far, from `start` up to `at`.
    let start = at;
    let state: MappedRun['state'] | null = null;
    let fileOffset = 0;
    let encodedBytes = 0;
    while (at < end) {
      this.#map.runAt(at, end, run);
      const contiguous = run.state !== 'stored' || run.fileOffset === fileOffset + (at - start);
      if (state !== run.state || state === 'encoded' || !contiguous) {
        if (state !== null) yield this.#extent(state, start, at - start, fileOffset, encodedBytes);
        ({ state, fileOffset, encodedBytes } = run);
        start = at;
      }
      at += run.length;
    }
    if (state !== null) yield this.#extent(state, start, at - start, fileOffset, encodedBytes);
  }

  #extent(
    state: MappedRun['state'],
    start: number,
    length: number,
    fileOffset: number,
    encodedBytes: number,
  ): Extent {
    if (state === 'stored') return { state, start, length, source: this.#data, fileOffset };
    if (state !== 'encoded') return { state, start, length };
    const { clusterBytes } = this.#header;
    const unit = { start: start - (start % clusterBytes), length: clusterBytes };
    return { state, start, length, source: this.#data, fileOffset, encodedBytes, unit };
  }

  decode(extent: EncodedExtent, into: Uint8Array): void {
    if (isEncrypted(extent)) this.#cipher!.decode(extent, into);
    else this.#decompress(extent, into);
  }

  encodingOf(extent: EncodedExtent): string | null {
    return isEncrypted(extent) ? null : encodingName(this.#header.compression);
  }

  #decompress(extent: EncodedExtent, into: Uint8Array): void {
    const { source, fileOffset, encodedBytes } = extent;
    const { clusterBytes, compression } = this.#header;
    if (this.#encoded.length === 0) this.#encoded = new Uint8Array(maximumEncodedBytes(clusterBytes));
    const encoded = this.#encoded.subarray(0, encodedBytes);
    source.read(fileOffset, encoded);
    let problem: Message;
    try {
      const lengthBytes = compression === 'zlib' ? inflateInto(encoded, into) : zstdInto(encoded, into);
      if (lengthBytes === clusterBytes) return;
      problem = inEnglish('it holds {lengthBytes} bytes instead of {clusterBytes}', {
        lengthBytes,
        clusterBytes,
      });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      problem = error.message;
    }
    const endsInSector = (fileOffset + encodedBytes) % sectorBytes !== 0;
    if (!endsInSector) throw malformedEntry('compressed cluster', compression, fileOffset, problem);
    // Its last sector is cut off by the end of the file, so that is what it lacks.
    const neededBytes = Math.ceil(source.sizeBytes / sectorBytes) * sectorBytes;
    throw new Failure('image.truncated', { path: source.path, neededBytes, actualBytes: source.sizeBytes });
  }

  close(): void {
    this.#dataFile?.close();
    this.#file.close();
  }
}
