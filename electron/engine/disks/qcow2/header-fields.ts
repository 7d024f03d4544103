/** The fields of the qcow2 header as either version writes them (section Header); what they say is checked elsewhere. */
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { ValuesOf } from '../../bytes/struct.ts';
import {
  headerV2,
  headerV2Bytes,
  headerV3,
  headerV3Bytes,
  headerWithCompression,
  headerWithCompressionBytes,
  magic,
  maximumClusterBits,
  minimumClusterBits,
  unsupported,
} from './layout.ts';

export type HeaderFields = ValuesOf<typeof headerV3.fields> & { readonly compressionType: number };

/**
 * Reads the fields; those that version 2 lacks have the values that it implies.
 * @throws Failure `image.malformed`, `image.truncated`; `image.unsupported` for other versions and larger clusters.
 */
export function readHeaderFields(file: ByteSource): HeaderFields {
  const first = headerV2.read(file, 0);
  if (first.magic !== magic)
    throw headerV2.malformed('magic', inEnglish('the file does not begin with "QFI\\xfb"'));
  if (first.version !== 2 && first.version !== 3) throw unsupported(`version ${first.version}`);
  const { clusterBits } = first;
  if (clusterBits < minimumClusterBits) {
    throw headerV2.malformed('clusterBits', inEnglish('{clusterBits} is less than 9', { clusterBits }));
  }
  if (clusterBits > maximumClusterBits) {
    // 2^63 is beyond any file; what lies between is a matter of limits.
    if (clusterBits > 62)
      throw headerV2.malformed('clusterBits', inEnglish('{clusterBits} is more than 62', { clusterBits }));
    throw unsupported(inEnglish('clusters of 2^{clusterBits} bytes', { clusterBits }));
  }
  if (first.version === 2) {
    return {
      ...first,
      incompatibleFeatures: 0n,
      compatibleFeatures: 0n,
      autoclearFeatures: 0n,
      refcountOrder: 4,
      headerLength: headerV2Bytes,
      compressionType: 0,
    };
  }
  const fields = headerV3.read(file, 0);
  const { headerLength } = fields;
  if (headerLength < headerV3Bytes || headerLength % 8 !== 0 || headerLength > 2 ** clusterBits) {
    throw headerV3.malformed(
      'headerLength',
      inEnglish('{headerLength} is not a multiple of 8 from 104 to the cluster size', { headerLength }),
    );
  }
  if (headerLength < headerWithCompressionBytes) return { ...fields, compressionType: 0 };
  return { ...fields, compressionType: headerWithCompression.read(file, 0).compressionType };
}
