/** What the details of a VMDK list. */
import type { OptionValues } from '#shared/domain/conversion.ts';
import type { Fact } from '#shared/domain/image.ts';
import { formatBytes } from '#shared/text/units.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Descriptor } from './descriptor.ts';
import type { DiskExtent } from './disk-extents.ts';

/** The values of a descriptor that are shown, by its names for them. */
const shown: readonly (readonly [label: string, key: string])[] = [
  [inEnglish('Content ID'), 'cid'],
  [inEnglish('Parent content ID'), 'parentcid'],
  [inEnglish('Long content ID'), 'ddb.longcontentid'],
  ['UUID', 'ddb.uuid'],
  [inEnglish('Image UUID'), 'ddb.uuid.image'],
  [inEnglish('Hardware version'), 'ddb.virtualhwversion'],
  [inEnglish('Adapter type'), 'ddb.adaptertype'],
  [inEnglish('VMware Tools version'), 'ddb.toolsversion'],
  [inEnglish('Thin provisioned'), 'ddb.thinprovisioned'],
  [inEnglish('Descriptor encoding'), 'encoding'],
  [inEnglish('Change tracking file'), 'changetrackpath'],
  [inEnglish('Comment'), 'ddb.comment'],
];

/** Longer values say nothing to a person; the descriptor may be a megabyte. */
const maximumValueLength = 1024;

/** The options that a copy would be written with: those of the creation that a descriptor tells. */
export function vmdkOptions({ values }: Descriptor): OptionValues {
  const told = [
    ['adapter_type', values.get('ddb.adaptertype')],
    ['hwversion', values.get('ddb.virtualhwversion')],
    ['toolsversion', values.get('ddb.toolsversion')],
  ] as const;
  return Object.fromEntries(told.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** The facts of a disk. `createType` is the descriptor's, or what its header amounts to. */
export function vmdkFacts(
  descriptor: Descriptor,
  extents: readonly DiskExtent[],
  createType: string,
): Fact[] {
  const facts: Fact[] = [{ label: inEnglish('Create type'), value: createType }];
  const sparse = extents.flatMap((extent) => extent.sparse ?? []);
  const grainSizes = new Set(sparse.map((extent) => formatBytes(extent.directory.grainBytes)));
  if (grainSizes.size > 0) {
    const compressed = sparse.filter((extent) => extent.markerBytes !== null).length;
    const some =
      compressed < sparse.length
        ? inEnglish('zlib, in {compressed} of {total} extents', { compressed, total: sparse.length })
        : 'zlib';
    facts.push({ label: inEnglish('Grain size'), value: [...grainSizes].join(', ') });
    facts.push({ label: inEnglish('Compression'), value: compressed === 0 ? inEnglish('none', {}) : some });
  }
  facts.push({ label: inEnglish('Extents'), value: `${extents.length}` });
  for (const [label, key] of shown) {
    const value = descriptor.values.get(key);
    if (value !== undefined && value !== '') facts.push({ label, value: value.slice(0, maximumValueLength) });
  }
  return facts;
}
