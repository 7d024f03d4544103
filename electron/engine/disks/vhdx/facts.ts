/** What a person may want to know of a VHDX from its headers and metadata. */
import type { Fact } from '#shared/domain/image.ts';
import { formatBytes } from '#shared/text/units.ts';
import { guidText, isNullUuid } from '../uuids.ts';
import type { OpenedImage } from './reader.ts';

export function describe({ header, metadata, table, presentBlocks }: OpenedImage): Fact[] {
  const { fields, creator } = header;
  const facts: Fact[] = [];
  if (creator !== '') facts.push({ label: 'Creator', value: creator });
  facts.push({ label: 'Block size', value: formatBytes(metadata.blockBytes) });
  facts.push({ label: 'Blocks in the file', value: `${presentBlocks} of ${table.blockCount}` });
  facts.push({ label: 'Logical sector size', value: formatBytes(metadata.logicalSectorBytes) });
  if (metadata.physicalSectorBytes !== null) {
    facts.push({ label: 'Physical sector size', value: formatBytes(metadata.physicalSectorBytes) });
  }
  if (metadata.virtualDiskId !== null)
    facts.push({ label: 'Virtual disk ID', value: metadata.virtualDiskId });
  facts.push({ label: 'Data write GUID', value: guidText(fields.dataWriteGuid) });
  facts.push({ label: 'Log', value: isNullUuid(fields.logGuid) ? 'empty' : 'in use' });
  for (const [key, value] of metadata.parent?.entries ?? []) facts.push({ label: `Parent, ${key}`, value });
  return facts;
}
