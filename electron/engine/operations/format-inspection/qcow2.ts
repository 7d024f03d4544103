/** oslo.utils' checks of qcow2: no backing file, no data file, no feature that it does not know. */
import { inEnglish } from '#shared/in-english.ts';
import { bits64be, struct, u32be } from '../../bytes/struct.ts';
import { piece, startsWith } from './file-head.ts';
import { sizeProblemOf, type Failed, type Inspector } from './inspector.ts';

const headerBytes = 512;

const header = struct({ format: 'qcow2', name: 'header' }, 80, {
  version: u32be(4),
  backingFileOffset: bits64be(8),
  sizeBytes: bits64be(24),
  incompatibleFeatures: bits64be(72),
});

/** Bits 0 to 3: dirty, corrupt, external data file, compression type. Later ones (extended L2) it does not know. */
const knownFeatures = 0xfn;
const dataFileFeature = 0x4n;

export const inspectQcow2: Inspector = (file) => {
  const bytes = piece(file, 0, headerBytes);
  if (bytes.length < headerBytes || !startsWith(bytes, 'QFI\xfb')) return null;
  const { version, backingFileOffset, sizeBytes, incompatibleFeatures } = header.decode(bytes);
  const failures: Failed[] = [];
  if (backingFileOffset !== 0n)
    failures.push({ check: 'backing_file', reason: inEnglish('it has a backing file') });
  // Version 2 has no such bits, but this check reads them all the same.
  if ((incompatibleFeatures & dataFileFeature) !== 0n) {
    failures.push({ check: 'data_file', reason: inEnglish('its data is in another file') });
  }
  if (version !== 2 && version !== 3) {
    failures.push({
      check: 'unknown_features',
      reason: inEnglish('it is version {version} of the format', { version }),
    });
  } else if (version === 3 && (incompatibleFeatures & ~knownFeatures) !== 0n) {
    failures.push({
      check: 'unknown_features',
      reason: inEnglish('it uses a feature that the check does not know, such as extended L2 entries'),
    });
  }
  return { format: 'qcow2', complete: true, failures, sizeProblem: sizeProblemOf(sizeBytes) };
};
