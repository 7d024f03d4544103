/** KubeVirt and Harvester: what the Containerized Data Importer (CDI) takes. */
import type { RuleSource } from '#shared/domain/preflight.ts';
import { onSize, type Rule } from '../cloud.ts';
import { inEnglish } from '#shared/in-english.ts';
import { takesFormats, takesWrappers } from '../conditions.ts';

export const operations: RuleSource = {
  title: 'kubevirt/containerized-data-importer, doc/supported_operations.md',
  readOn: '2026-11-28',
};
const scratchSpace: RuleSource = {
  title: 'kubevirt/containerized-data-importer, doc/scratch-space.md',
  readOn: '2026-11-28',
};

const toQcow2 = inEnglish('Convert it to qcow2');

export const rules: readonly Rule[] = [
  {
    id: 'kubevirt.format',
    severity: 'stop',
    source: operations,
    check: takesFormats(
      'CDI',
      ['qcow2', 'raw', 'vmdk', 'vdi', 'vhd', 'vhdx', 'iso'].map((format) => ({ format })),
      toQcow2,
    ),
  },
  {
    id: 'kubevirt.compression',
    severity: 'stop',
    source: operations,
    check: takesWrappers('CDI', ['gzip', 'xz'], toQcow2),
  },
  {
    id: 'kubevirt.scratch-space',
    severity: 'hint',
    source: scratchSpace,
    check: onSize((bytes, { disk: { format, wrapper } }) =>
      format === 'raw' && wrapper === null
        ? null
        : {
            message: inEnglish('The import needs room for scratch as large as the disk again: {size}.', {
              size: { bytes },
            }),
          },
    ),
  },
];
