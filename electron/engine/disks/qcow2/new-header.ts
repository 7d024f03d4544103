/** The first cluster of an image to be written: header, extensions, and the name of the backing file (section Header). */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { encodeHeaderExtension } from './header-extensions.ts';
import {
  compressionTypes,
  extensionType,
  featureName,
  headerExtension,
  headerV2,
  headerV2Bytes,
  headerV3,
  headerV3Bytes,
  headerWithCompression,
  headerWithCompressionBytes,
  incompatibleBit,
  magic,
  maximumBackingNameBytes,
} from './layout.ts';
import type { TableLayout, TargetGeometry } from './target-geometry.ts';

/** Encodes the cluster. @throws Failure `input.invalid` when the backing file's name does not fit in it. */
export function encodeFirstCluster(geometry: TargetGeometry, layout: TableLayout): Uint8Array {
  const { clusterBytes, version, compression, refcountBits, l1Size, backing } = geometry;
  const headerLength =
    version === 2 ? headerV2Bytes : compression === 'zstd' ? headerWithCompressionBytes : headerV3Bytes;
  const extensions = encodeExtensions(geometry);
  const name = new TextEncoder().encode(backing?.name ?? '');
  const nameOffset = headerLength + extensions.length;
  if (name.length > Math.min(maximumBackingNameBytes, clusterBytes - nameOffset)) {
    const problem = inEnglish(
      'the name of the backing image does not fit in a cluster of {clusterBytes} bytes',
      { clusterBytes },
    );
    throw new Failure('input.invalid', { problem });
  }
  const common = {
    magic,
    version,
    backingFileOffset: backing === null ? 0 : nameOffset,
    backingFileSize: name.length,
    clusterBits: geometry.clusterBits,
    size: geometry.capacityBytes,
    l1Size,
    l1TableOffset: l1Size === 0 ? 0 : layout.l1Table * clusterBytes,
    refcountTableOffset: layout.refcountTable * clusterBytes,
    refcountTableClusters: layout.refcountTableClusters,
  };
  const cluster = new Uint8Array(clusterBytes);
  cluster.set(extensions, headerLength);
  cluster.set(name, nameOffset);
  if (version === 2) return headerV2.encode(common, cluster);
  const incompatibleFeatures = features(geometry).reduce((bits, { bit }) => bits | (1n << BigInt(bit)), 0n);
  const fields = { ...common, incompatibleFeatures, refcountOrder: Math.log2(refcountBits), headerLength };
  if (compression !== 'zstd') return headerV3.encode(fields, cluster);
  return headerWithCompression.encode(
    { ...fields, compressionType: compressionTypes.indexOf(compression) },
    cluster,
  );
}

/** The incompatible features that the image uses, by the names that programs without them will show. */
function features({ compression, extendedL2 }: TargetGeometry): { bit: number; name: string }[] {
  const used: { bit: number; name: string }[] = [];
  if (compression === 'zstd') used.push({ bit: incompatibleBit.compression, name: 'compression type' });
  if (extendedL2) used.push({ bit: incompatibleBit.extendedL2, name: 'extended L2 entries' });
  return used;
}

function encodeExtensions(geometry: TargetGeometry): Uint8Array {
  const { backing, version } = geometry;
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  if (backing !== null) {
    parts.push(encodeHeaderExtension(extensionType.backingFormat, encoder.encode(backing.formatName)));
  }
  const names = features(geometry).map(({ bit, name }) =>
    featureName.encode({ type: 0, bit, name: encoder.encode(name) }),
  );
  if (version === 3 && names.length > 0) {
    parts.push(encodeHeaderExtension(extensionType.featureNames, Buffer.concat(names)));
  }
  if (parts.length === 0) return new Uint8Array(0);
  // The end of the extensions is an extension of type 0.
  return Buffer.concat([...parts, new Uint8Array(headerExtension.sizeBytes)]);
}
