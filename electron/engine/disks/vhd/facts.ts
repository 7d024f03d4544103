/** What a person may want to know of a VHD from its footer and header. */
import type { Fact, Warning } from '#shared/domain/image.ts';
import { formatBytes } from '#shared/text/units.ts';
import { uuidText } from '../uuids.ts';
import type { BlockTable } from './block-table.ts';
import { diskSize, type FooterFields, type FoundFooter } from './footer.ts';
import { sectorBytes } from './layout.ts';
import type { ParentNames } from './parent-locators.ts';
import type { SparseHeader } from './sparse-header.ts';

/** 1 January 2000, where the time stamps of the format begin, in milliseconds of Unix time. */
const epoch = Date.UTC(2000, 0, 1);

/** The footer in words. */
export function describeFooter(fields: FooterFields): Fact[] {
  const { cylinders, heads, sectorsPerTrack, creatorVersion } = fields;
  const version = `${creatorVersion >>> 16}.${creatorVersion & 0xffff}`;
  return [
    { label: 'Creator', value: `${printable(fields.creatorApplication)} ${version}` },
    { label: 'Created on', value: printable(fields.creatorHostOs) },
    { label: 'Time stamp', value: timeText(fields.timeStamp) },
    { label: 'Unique ID', value: uuidText(fields.uniqueId) },
    { label: 'Geometry', value: `${cylinders}/${heads}/${sectorsPerTrack}` },
    { label: 'Size by', value: diskSize(fields).by },
  ];
}

/** The header of a dynamic or differencing disk in words. */
export function describeSparse(header: SparseHeader, table: BlockTable, names: ParentNames | null): Fact[] {
  const facts: Fact[] = [
    { label: 'Block size', value: formatBytes(header.blockBytes) },
    { label: 'Blocks in the file', value: `${table.allocatedBlocks} of ${header.blockCount}` },
  ];
  if (table.hasBatmap) facts.push({ label: 'Batmap', value: 'yes' });
  if (names === null) return facts;
  facts.push({ label: 'Parent unique ID', value: uuidText(header.fields.parentUniqueId) });
  facts.push({ label: 'Parent time stamp', value: timeText(header.fields.parentTimeStamp) });
  const spelled = [
    ['Parent name', names.unicode],
    ['Parent, relative', names.relative],
    ['Parent, absolute', names.absolute],
    ['Parent, URL', names.url],
  ] as const;
  for (const [label, value] of spelled) if (value !== null) facts.push({ label, value });
  return facts;
}

/** What the footer warns of. */
export function warningsOf({ fields, fromCopy }: FoundFooter): Warning[] {
  const warnings: Warning[] = [];
  if (fromCopy) {
    const message = 'The footer at the end of the file is damaged or missing; its copy in front was used.';
    warnings.push({ code: 'vhd.footer-copy', message });
  }
  if (fields.savedState !== 0) {
    const message =
      'A virtual machine was suspended with this disk: what it had not written yet is not here.';
    warnings.push({ code: 'vhd.saved-state', message });
  }
  const { capacityBytes, by } = diskSize(fields);
  if (by === 'geometry' && capacityBytes !== fields.currentSize) {
    const message = `The geometry, which counts for this creator, gives ${capacityBytes} bytes; the size in the footer is ${fields.currentSize}.`;
    warnings.push({ code: 'vhd.size-by-geometry', message });
  }
  if (capacityBytes % sectorBytes !== 0) {
    const message = `The size of ${capacityBytes} bytes is not a whole number of sectors.`;
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
