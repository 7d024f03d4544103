/** The feature bits of a qcow2 header: what is set, and whether all of that is known here (section Header). */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { parseHeaderExtensions, type FeatureName } from './header-extensions.ts';
import type { HeaderFields } from './header-fields.ts';
import {
  autoclearBit,
  compatibleBit,
  headerV3,
  incompatibleBit,
  knownIncompatibleBits,
  unsupported,
} from './layout.ts';

/** In a feature name table, the field of the incompatible features. */
const incompatibleField = 0;

/** What the feature bits say. */
export interface Features {
  readonly dirty: boolean;
  readonly corrupt: boolean;
  readonly hasDataFile: boolean;
  readonly rawDataFile: boolean;
  readonly extendedL2: boolean;
  readonly lazyRefcounts: boolean;
  readonly bitmapsConsistent: boolean;
}

/** The feature bits by name. @throws Failure `image.malformed` for bits that exclude each other. */
export function readFeatures(raw: HeaderFields): Features {
  const features: Features = {
    dirty: hasBit(raw.incompatibleFeatures, incompatibleBit.dirty),
    corrupt: hasBit(raw.incompatibleFeatures, incompatibleBit.corrupt),
    hasDataFile: hasBit(raw.incompatibleFeatures, incompatibleBit.dataFile),
    extendedL2: hasBit(raw.incompatibleFeatures, incompatibleBit.extendedL2),
    lazyRefcounts: hasBit(raw.compatibleFeatures, compatibleBit.lazyRefcounts),
    bitmapsConsistent: hasBit(raw.autoclearFeatures, autoclearBit.bitmaps),
    rawDataFile: hasBit(raw.autoclearFeatures, autoclearBit.rawDataFile),
  };
  if (features.rawDataFile && !features.hasDataFile) {
    throw headerV3.malformed(
      'autoclearFeatures',
      inEnglish('raw external data without an external data file'),
    );
  }
  if (features.rawDataFile && raw.backingFileOffset > 0) {
    throw headerV3.malformed(
      'backingFileOffset',
      inEnglish('a raw external data file excludes a backing file'),
    );
  }
  return features;
}

/**
 * Refuses features that may have changed the rules for all else. The header extensions, which end at `extensionsEnd`, may name them.
 * @throws Failure `image.unsupported`.
 */
export function refuseUnknownFeatures(file: ByteSource, raw: HeaderFields, extensionsEnd: number): void {
  const unknown =
    (raw.incompatibleFeatures >> BigInt(knownIncompatibleBits)) << BigInt(knownIncompatibleBits);
  if (unknown === 0n) return;
  let names: readonly FeatureName[] = [];
  try {
    names = parseHeaderExtensions(
      readBytes(file, 0, extensionsEnd),
      raw.headerLength,
      extensionsEnd,
    ).featureNames;
  } catch (error) {
    // The names only make the message better; a new feature may well have changed the rules for extensions.
    if (!(error instanceof Failure)) throw error;
  }
  throw unsupported(inEnglish('incompatible features: {unknown}', { unknown: nameFeatures(unknown, names) }));
}

/** Incompatible features by name, for messages: `"name" (bit 7)`, or `bit 7` without a name. */
function nameFeatures(bits: bigint, names: readonly FeatureName[]): string {
  const described: string[] = [];
  for (let bit = 0; bit < 64; bit++) {
    if (!hasBit(bits, bit)) continue;
    const known = names.find(
      (entry) => entry.type === incompatibleField && entry.bit === bit && entry.name !== '',
    );
    described.push(known === undefined ? `bit ${bit}` : `"${known.name}" (bit ${bit})`);
  }
  return described.join(', ');
}

/** Whether a bit of a bit field is set. */
export function hasBit(field: bigint, bit: number): boolean {
  return ((field >> BigInt(bit)) & 1n) === 1n;
}
