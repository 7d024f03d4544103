/** What a person may want to know of a VHD from its footer and header. */
import type { Fact, Warning } from '#shared/domain/image.ts';
import { formatBytes } from '#shared/text/units.ts';
import { asValue, inEnglish } from '#shared/in-english.ts';
import { uuidText } from '../uuids.ts';
import type { BlockTable } from './block-table.ts';
import { diskSize, type DiskSize, type FooterFields, type FoundFooter } from './footer.ts';
import { sectorBytes } from './layout.ts';
import type { ParentNames } from './parent-locators.ts';
import type { SparseHeader } from './sparse-header.ts';

/** 1 January 2000, where the time stamps of the format begin, in milliseconds of Unix time. */
const epoch = Date.UTC(2000, 0, 1);

const sizeWords: { readonly [By in DiskSize['by']]: string } = {
  'current size': inEnglish('current size'),
  geometry: inEnglish('geometry'),
};

/** The footer in words. */
export function describeFooter(fields: FooterFields): Fact[] {
  const { cylinders, heads, sectorsPerTrack, creatorVersion } = fields;
  const version = `${creatorVersion >>> 16}.${creatorVersion & 0xffff}`;
  return [
    { label: inEnglish('Creator'), value: `${printable(fields.creatorApplication)} ${version}` },
    { label: inEnglish('Created on'), value: printable(fields.creatorHostOs) },
    { label: inEnglish('Time stamp'), value: timeText(fields.timeStamp) },
    { label: inEnglish('Unique ID'), value: uuidText(fields.uniqueId) },
    { label: inEnglish('Geometry'), value: `${cylinders}/${heads}/${sectorsPerTrack}` },
    { label: inEnglish('Size by'), value: asValue(sizeWords[diskSize(fields).by]) },
  ];
}

/** The header of a dynamic or differencing disk in words. */
export function describeSparse(header: SparseHeader, table: BlockTable, names: ParentNames | null): Fact[] {
  const facts: Fact[] = [
    { label: inEnglish('Block size'), value: formatBytes(header.blockBytes) },
    {
      label: inEnglish('Blocks in the file'),
      value: inEnglish('{count} of {total}', { count: table.allocatedBlocks, total: header.blockCount }),
    },
  ];
  if (table.hasBatmap) facts.push({ label: inEnglish('Batmap'), value: inEnglish('yes', {}) });
  if (names === null) return facts;
  facts.push({ label: inEnglish('Parent unique ID'), value: uuidText(header.fields.parentUniqueId) });
  facts.push({ label: inEnglish('Parent time stamp'), value: timeText(header.fields.parentTimeStamp) });
  const spelled = [
    [inEnglish('Parent name'), names.unicode],
    [inEnglish('Parent, relative'), names.relative],
    [inEnglish('Parent, absolute'), names.absolute],
    [inEnglish('Parent, URL'), names.url],
  ] as const;
  for (const [label, value] of spelled) if (value !== null) facts.push({ label, value });
  return facts;
}

/** What the footer warns of. */
export function warningsOf({ fields, fromCopy }: FoundFooter): Warning[] {
  const warnings: Warning[] = [];
  if (fromCopy) {
    const message = inEnglish(
      'The footer at the end of the file is damaged or missing; its copy in front was used.',
    );
    warnings.push({ code: 'vhd.footer-copy', message });
  }
  if (fields.savedState !== 0) {
    const message = inEnglish(
      'A virtual machine was suspended with this disk: what it had not written yet is not here.',
    );
    warnings.push({ code: 'vhd.saved-state', message });
  }
  const { capacityBytes, by } = diskSize(fields);
  if (by === 'geometry' && capacityBytes !== fields.currentSize) {
    const message = inEnglish(
      'The geometry, which counts for this creator, gives {capacityBytes} bytes; the size in the footer is {currentSize}.',
      { capacityBytes, currentSize: fields.currentSize },
    );
    warnings.push({ code: 'vhd.size-by-geometry', message });
  }
  if (capacityBytes % sectorBytes !== 0) {
    const message = inEnglish('The size of {capacityBytes} bytes is not a whole number of sectors.', {
      capacityBytes,
    });
    warnings.push({ code: 'vhd.odd-size', message });
  }
  return warnings;
}

/** A time stamp of the format in ISO 8601. */
export function timeText(seconds: number): string {
  return new Date(epoch + seconds * 1000).toISOString().replace('.000Z', 'Z');
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '').trim();
}
