/** What a person may want to know of a VHDX from its headers and metadata. */
import type { Fact } from '#shared/domain/image.ts';
import { formatBytes } from '#shared/text/units.ts';
import { inEnglish } from '#shared/in-english.ts';
import { guidText, isNullUuid } from '../uuids.ts';
import type { BlockTable } from './block-table.ts';
import type { FoundHeader } from './headers.ts';
import type { Metadata } from './metadata.ts';

/** The structures that are described. */
interface Described {
  readonly header: FoundHeader;
  readonly metadata: Metadata;
  readonly table: BlockTable;
  readonly presentBlocks: number;
}

export function describe({ header, metadata, table, presentBlocks }: Described): Fact[] {
  const { fields, creator } = header;
  const facts: Fact[] = [];
  if (creator !== '') facts.push({ label: inEnglish('Creator'), value: creator });
  facts.push({ label: inEnglish('Block size'), value: formatBytes(metadata.blockBytes) });
  facts.push({
    label: inEnglish('Blocks in the file'),
    value: inEnglish('{count} of {total}', { count: presentBlocks, total: table.blockCount }),
  });
  facts.push({ label: inEnglish('Logical sector size'), value: formatBytes(metadata.logicalSectorBytes) });
  if (metadata.physicalSectorBytes !== null) {
    facts.push({
      label: inEnglish('Physical sector size'),
      value: formatBytes(metadata.physicalSectorBytes),
    });
  }
  if (metadata.virtualDiskId !== null)
    facts.push({ label: inEnglish('Virtual disk ID'), value: metadata.virtualDiskId });
  facts.push({ label: inEnglish('Data write GUID'), value: guidText(fields.dataWriteGuid) });
  facts.push({
    label: inEnglish('Log'),
    value: isNullUuid(fields.logGuid) ? inEnglish('empty', {}) : inEnglish('in use', {}),
  });
  for (const [key, value] of metadata.parent?.entries ?? [])
    facts.push({ label: inEnglish('Parent, {key}', { key }), value });
  return facts;
}
