/** What a person may want to know of a qcow2 image from its header alone. */
import type { Fact, Warning } from '#shared/domain/image.ts';
import { formatBytes } from '#shared/text/units.ts';
import { inEnglish, type Phrase } from '#shared/in-english.ts';
import type { Header } from './header.ts';

/** The header in words. */
export function describeHeader(header: Header): Fact[] {
  const { extensions } = header;
  const facts: Fact[] = [
    { label: inEnglish('Version'), value: header.version === 2 ? '2 (compat 0.10)' : '3 (compat 1.1)' },
    { label: inEnglish('Cluster size'), value: formatBytes(header.clusterBytes) },
    { label: inEnglish('Compression type'), value: header.compression },
    { label: inEnglish('Refcount width'), value: inEnglish('{count} bits', { count: header.refcountBits }) },
  ];
  if (header.version === 3) {
    facts.push({ label: inEnglish('Lazy refcounts'), value: yesOrNo(header.lazyRefcounts) });
    facts.push({ label: inEnglish('Extended L2 entries'), value: yesOrNo(header.extendedL2) });
  }
  if (header.hasDataFile && extensions.dataFile !== null) {
    facts.push({ label: inEnglish('External data file'), value: extensions.dataFile });
    facts.push({ label: inEnglish('External data file is raw'), value: yesOrNo(header.rawDataFile) });
  }
  if (header.encryption !== null) facts.push({ label: inEnglish('Encryption'), value: header.encryption });
  if (extensions.cryptoHeader !== null) {
    const { offset, length } = extensions.cryptoHeader;
    facts.push({
      label: inEnglish('Encryption header'),
      value: inEnglish('{length} bytes at {offset}', { length, offset }),
    });
  }
  return facts;
}

/** What the header warns of. */
export function headerWarnings(header: Header): Warning[] {
  const warnings: Warning[] = [];
  if (header.corrupt) {
    warnings.push({
      code: 'qcow2.corrupt',
      message: inEnglish('The image is marked as corrupt: a program that used it found its tables damaged.'),
    });
  }
  if (header.dirty) {
    warnings.push({
      code: 'qcow2.dirty',
      message: inEnglish(
        'The image was not closed cleanly: its refcounts may be wrong, its data can be read.',
      ),
    });
  }
  if (header.extensions.bitmaps !== null && !header.bitmapsConsistent) {
    warnings.push({
      code: 'qcow2.bitmaps-inconsistent',
      message: inEnglish(
        'A program that does not know bitmaps has changed the image since: they are not to be trusted.',
      ),
    });
  }
  return warnings;
}

function yesOrNo(value: boolean): Phrase {
  return value ? inEnglish('yes', {}) : inEnglish('no', {});
}
