/** Alibaba Cloud: custom images imported from object storage. */
import type { RuleSource } from '#shared/domain/preflight.ts';
import { inEnglish } from '#shared/in-english.ts';
import { onSize, type Rule } from '../cloud.ts';
import { gibibyte, takesFormats, takesWrappers } from '../conditions.ts';

export const importGuide: RuleSource = {
  title: 'Alibaba Cloud ECS: import custom images, ImportImage',
  readOn: '2026-11-28',
};

const toQcow2 = inEnglish('Convert it to qcow2');

export const rules: readonly Rule[] = [
  {
    id: 'alibaba.format',
    severity: 'stop',
    source: importGuide,
    check: takesFormats(
      'Alibaba Cloud',
      ['qcow2', 'vhd', 'raw', 'vmdk'].map((format) => ({ format })),
      toQcow2,
    ),
  },
  {
    id: 'alibaba.compression',
    severity: 'stop',
    source: importGuide,
    check: takesWrappers('Alibaba Cloud', [], toQcow2),
  },
  {
    id: 'alibaba.size',
    severity: 'hint',
    source: null,
    check: onSize((bytes, { boots }) =>
      boots && bytes > 500 * gibibyte
        ? {
            message: inEnglish(
              'System disks are said to have up to 500 GiB; no page of Alibaba Cloud itself was read for that.',
            ),
          }
        : null,
    ),
  },
];
