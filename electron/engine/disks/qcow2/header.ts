/** Reads and checks the qcow2 header of versions 2 and 3 (section Header of the specification). */
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, requireWithin, type ByteSource } from '../../bytes/source.ts';
import { hasBit, readFeatures, refuseUnknownFeatures, type Features } from './features.ts';
import { decodeText, parseHeaderExtensions, type HeaderExtensions } from './header-extensions.ts';
import { readHeaderFields, type HeaderFields } from './header-fields.ts';
import {
  compressionTypes,
  cryptMethods,
  headerV3,
  headerWithCompression,
  incompatibleBit,
  maximumBackingNameBytes,
  maximumL1Bytes,
  maximumRefcountTableBytes,
  maximumSnapshots,
  minimumExtendedClusterBits,
  unsupported,
  type CompressionType,
} from './layout.ts';

/** A header whose every field has been checked against the specification and the file. Offsets and sizes in bytes. */
export interface Header extends Features {
  readonly version: 2 | 3;
  readonly clusterBits: number;
  readonly clusterBytes: number;
  readonly capacityBytes: number;
  readonly encryption: string | null;
  readonly l1TableOffset: number;
  /** Entries the table has; the disk itself uses `usedL1Entries` of them. */
  readonly l1Size: number;
  readonly usedL1Entries: number;
  readonly refcountTableOffset: number;
  readonly refcountTableClusters: number;
  readonly refcountBits: number;
  readonly nbSnapshots: number;
  readonly snapshotsOffset: number;
  readonly compression: CompressionType;
  readonly backingFile: string | null;
  readonly extensions: HeaderExtensions;
}

/** The virtual bytes that one L2 table maps. */
export function bytesPerL2Table({
  clusterBytes,
  extendedL2,
}: Pick<Header, 'clusterBytes' | 'extendedL2'>): number {
  return (clusterBytes / (extendedL2 ? 16 : 8)) * clusterBytes;
}

/**
 * Reads the header and its extensions.
 * @throws Failure `image.malformed`, `image.truncated`; `image.unsupported` for versions and features beyond ours.
 */
export function readHeader(file: ByteSource): Header {
  const raw = readHeaderFields(file);
  const clusterBytes = 2 ** raw.clusterBits;
  const extensionsEnd = raw.backingFileOffset > 0 ? raw.backingFileOffset : clusterBytes;
  if (extensionsEnd > clusterBytes || extensionsEnd < raw.headerLength) {
    const problem = inEnglish("{backingFileOffset} is not between the header and the cluster's end", {
      backingFileOffset: raw.backingFileOffset,
    });
    throw headerV3.malformed('backingFileOffset', problem);
  }
  refuseUnknownFeatures(file, raw, extensionsEnd);
  const features = readFeatures(raw);
  const usedL1Entries = checkMapping(file, raw, features.extendedL2);
  checkRefcounts(file, raw);
  checkSnapshots(file, raw, features.hasDataFile);
  const cluster = readBytes(file, 0, extensionsEnd);
  const extensions = parseHeaderExtensions(cluster, raw.headerLength, extensionsEnd);
  if (features.bitmapsConsistent && extensions.bitmaps === null) {
    throw headerV3.malformed(
      'autoclearFeatures',
      inEnglish('the bitmaps bit is set without a bitmaps extension'),
    );
  }
  return {
    ...features,
    version: raw.version as 2 | 3,
    clusterBits: raw.clusterBits,
    clusterBytes,
    capacityBytes: raw.size,
    encryption: encryptionOf(raw, extensions),
    l1TableOffset: raw.l1TableOffset,
    l1Size: raw.l1Size,
    usedL1Entries,
    refcountTableOffset: raw.refcountTableOffset,
    refcountTableClusters: raw.refcountTableClusters,
    refcountBits: 2 ** raw.refcountOrder,
    nbSnapshots: raw.nbSnapshots,
    snapshotsOffset: raw.snapshotsOffset,
    compression: compressionOf(raw),
    backingFile: readBackingFile(file, raw, clusterBytes),
    extensions,
  };
}

/** Checks the virtual size and the L1 table; how many of its entries the disk uses. */
function checkMapping(file: ByteSource, raw: HeaderFields, extendedL2: boolean): number {
  if (extendedL2 && raw.clusterBits < minimumExtendedClusterBits) {
    throw headerV3.malformed(
      'clusterBits',
      inEnglish('extended L2 entries need at least 14, not {clusterBits}', { clusterBits: raw.clusterBits }),
    );
  }
  const clusterBytes = 2 ** raw.clusterBits;
  const used = Math.ceil(raw.size / bytesPerL2Table({ clusterBytes, extendedL2 }));
  if (raw.l1Size * 8 > maximumL1Bytes) {
    throw headerV3.malformed(
      'l1Size',
      inEnglish('{l1Size} entries are more than {maximumL1Bytes}', {
        l1Size: raw.l1Size,
        maximumL1Bytes: maximumL1Bytes / 8,
      }),
    );
  }
  if (raw.l1Size < used) {
    throw headerV3.malformed(
      'l1Size',
      inEnglish('{l1Size} entries do not cover the disk, which needs {used}', { l1Size: raw.l1Size, used }),
    );
  }
  if (raw.l1Size > 0) {
    if (raw.l1TableOffset === 0 || raw.l1TableOffset % clusterBytes !== 0) {
      throw headerV3.malformed(
        'l1TableOffset',
        inEnglish('{l1TableOffset} is not the start of a cluster after the header', {
          l1TableOffset: raw.l1TableOffset,
        }),
      );
    }
    requireWithin(file, raw.l1TableOffset, raw.l1Size * 8);
  }
  return used;
}

function checkRefcounts(file: ByteSource, raw: HeaderFields): void {
  const clusterBytes = 2 ** raw.clusterBits;
  if (raw.refcountOrder > 6)
    throw headerV3.malformed(
      'refcountOrder',
      inEnglish('{refcountOrder} is more than 6', { refcountOrder: raw.refcountOrder }),
    );
  const tableBytes = raw.refcountTableClusters * clusterBytes;
  if (tableBytes === 0 || tableBytes > maximumRefcountTableBytes) {
    const problem = inEnglish(
      '{refcountTableClusters} clusters are none or more than {maximumRefcountTableBytes} bytes',
      { refcountTableClusters: raw.refcountTableClusters, maximumRefcountTableBytes },
    );
    throw headerV3.malformed('refcountTableClusters', problem);
  }
  if (raw.refcountTableOffset === 0 || raw.refcountTableOffset % clusterBytes !== 0) {
    const problem = inEnglish('{refcountTableOffset} is not the start of a cluster after the header', {
      refcountTableOffset: raw.refcountTableOffset,
    });
    throw headerV3.malformed('refcountTableOffset', problem);
  }
  requireWithin(file, raw.refcountTableOffset, tableBytes);
}

function checkSnapshots(file: ByteSource, raw: HeaderFields, hasDataFile: boolean): void {
  if (raw.nbSnapshots === 0) return;
  if (raw.nbSnapshots > maximumSnapshots) {
    throw headerV3.malformed(
      'nbSnapshots',
      inEnglish('{nbSnapshots} is more than {maximumSnapshots}', {
        nbSnapshots: raw.nbSnapshots,
        maximumSnapshots,
      }),
    );
  }
  if (hasDataFile) {
    throw headerV3.malformed(
      'nbSnapshots',
      inEnglish('an image with an external data file has no snapshots'),
    );
  }
  if (raw.snapshotsOffset === 0 || raw.snapshotsOffset % 2 ** raw.clusterBits !== 0) {
    throw headerV3.malformed(
      'snapshotsOffset',
      inEnglish('{snapshotsOffset} is not the start of a cluster after the header', {
        snapshotsOffset: raw.snapshotsOffset,
      }),
    );
  }
  requireWithin(file, raw.snapshotsOffset, raw.nbSnapshots * 40);
}

function encryptionOf(raw: HeaderFields, extensions: HeaderExtensions): string | null {
  const method = cryptMethods[raw.cryptMethod];
  if (method === undefined)
    throw unsupported(inEnglish('encryption method {cryptMethod}', { cryptMethod: raw.cryptMethod }));
  if (extensions.cryptoHeader !== null && method !== 'LUKS') {
    throw headerV3.malformed(
      'cryptMethod',
      inEnglish('an encryption header is there without LUKS encryption'),
    );
  }
  return method;
}

function compressionOf(raw: HeaderFields): CompressionType {
  const announced = hasBit(raw.incompatibleFeatures, incompatibleBit.compression);
  if (announced !== (raw.compressionType !== 0)) {
    const problem = inEnglish('{compressionType} disagrees with the compression type bit', {
      compressionType: raw.compressionType,
    });
    throw headerWithCompression.malformed('compressionType', problem);
  }
  const type = compressionTypes[raw.compressionType];
  if (type === undefined)
    throw unsupported(
      inEnglish('compression type {compressionType}', { compressionType: raw.compressionType }),
    );
  return type;
}

function readBackingFile(file: ByteSource, raw: HeaderFields, clusterBytes: number): string | null {
  if (raw.backingFileOffset === 0) return null;
  const { backingFileOffset, backingFileSize } = raw;
  const room = Math.min(maximumBackingNameBytes, clusterBytes - backingFileOffset);
  if (backingFileSize > room) {
    throw headerV3.malformed(
      'backingFileSize',
      inEnglish('{backingFileSize} bytes do not fit in {room}', { backingFileSize, room }),
    );
  }
  // Some versions of qemu leave the offset behind when a backing file is taken away.
  if (backingFileSize === 0) return null;
  const name = decodeText(readBytes(file, backingFileOffset, backingFileSize));
  if (name === '') throw headerV3.malformed('backingFileSize', inEnglish('the name begins with a NUL'));
  return name;
}
