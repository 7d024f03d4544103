/** The header extensions of qcow2: what they hold, and the feature names among them (section Header extensions). */
import type { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ValuesOf } from '../../bytes/struct.ts';
import { cryptoHeaderExtension, extensionType, featureName, headerExtension, roundUp } from './layout.ts';

export interface FeatureName {
  /** Which bit field: 0 incompatible, 1 compatible, 2 auto-clear. */
  readonly type: number;
  readonly bit: number;
  readonly name: string;
}

/** The data of an extension, and where it lies in the file. */
export interface ExtensionData {
  readonly at: number;
  readonly data: Uint8Array;
}

export interface HeaderExtensions {
  readonly backingFormat: string | null;
  readonly dataFile: string | null;
  readonly featureNames: readonly FeatureName[];
  /** Not decoded: without its auto-clear bit nothing in it can be relied on. */
  readonly bitmaps: ExtensionData | null;
  readonly cryptoHeader: ValuesOf<typeof cryptoHeaderExtension.fields> | null;
}

/**
 * Parses the extensions in `cluster`, the image's first cluster, from `start` up to `end` (both in bytes): where the
 * backing file's name or the cluster ends the area.
 * @throws Failure `image.malformed`.
 */
export function parseHeaderExtensions(cluster: Uint8Array, start: number, end: number): HeaderExtensions {
  const found = new Map<number, ExtensionData>();
  for (let at = start; at < end;) {
    if (at + headerExtension.sizeBytes > end) throw tooLong(at);
    const { type, length } = headerExtension.decode(cluster, at, at);
    if (type === extensionType.end) break;
    const dataAt = at + headerExtension.sizeBytes;
    if (length > end - dataAt) throw tooLong(at);
    if (knownTypes.has(type)) {
      if (found.has(type))
        throw headerExtension.malformed('type', inEnglish('the extension appears twice'), at);
      found.set(type, { at: dataAt, data: cluster.subarray(dataAt, dataAt + length) });
    }
    at = dataAt + roundUp(length, 8);
  }
  const text = (type: number): string | null => {
    const extension = found.get(type);
    return extension === undefined ? null : decodeText(extension.data);
  };
  const cryptoHeader = found.get(extensionType.cryptoHeader);
  return {
    backingFormat: text(extensionType.backingFormat),
    dataFile: text(extensionType.dataFile),
    featureNames: parseFeatureNames(found.get(extensionType.featureNames)?.data ?? new Uint8Array(0)),
    bitmaps: found.get(extensionType.bitmaps) ?? null,
    cryptoHeader: cryptoHeader === undefined ? null : decodeExtension(cryptoHeader, cryptoHeaderExtension),
  };
}

/** Decodes an extension that has one fixed structure. @throws Failure `image.malformed` for another length. */
export function decodeExtension<T>(
  extension: ExtensionData,
  struct: { readonly sizeBytes: number; decode(bytes: Uint8Array, at: number, fileOffset: number): T },
): T {
  const { at, data } = extension;
  if (data.length === struct.sizeBytes) return struct.decode(data, 0, at);
  const problem = inEnglish('{count} bytes instead of {sizeBytes}', {
    count: data.length,
    sizeBytes: struct.sizeBytes,
  });
  throw headerExtension.malformed('length', problem, at - headerExtension.sizeBytes);
}

const knownTypes: ReadonlySet<number> = new Set(Object.values(extensionType));

function tooLong(at: number): Failure {
  return headerExtension.malformed(
    'length',
    inEnglish('the extension reaches beyond the extension area'),
    at,
  );
}

function parseFeatureNames(data: Uint8Array): FeatureName[] {
  const names: FeatureName[] = [];
  for (let at = 0; at + featureName.sizeBytes <= data.length; at += featureName.sizeBytes) {
    const { type, bit, name } = featureName.decode(data, at);
    names.push({ type, bit, name: decodeText(name) });
  }
  return names;
}

/** The header extension of that type around `data`, padded to a multiple of 8 bytes. */
export function encodeHeaderExtension(type: number, data: Uint8Array): Uint8Array {
  const encoded = new Uint8Array(headerExtension.sizeBytes + roundUp(data.length, 8));
  headerExtension.encode({ type, length: data.length }, encoded);
  encoded.set(data, headerExtension.sizeBytes);
  return encoded;
}

/** Text of a fixed or stated length: UTF-8 up to the first NUL, as C programs read it. */
export function decodeText(data: Uint8Array): string {
  const end = data.indexOf(0);
  return new TextDecoder().decode(end < 0 ? data : data.subarray(0, end));
}
