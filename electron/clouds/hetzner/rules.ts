/** Hetzner Cloud, which has no import: a rescue system writes the image onto a server's disk, as hcloud-upload-image does. */
import type { RuleSource } from '#shared/domain/preflight.ts';
import { asValue, inEnglish } from '#shared/in-english.ts';
import type { Rule } from '../cloud.ts';
import { takesFormats, takesWrappers } from '../conditions.ts';

export const uploader: RuleSource = { title: 'apricote/hcloud-upload-image', readOn: '2026-11-28' };

const toRaw = inEnglish('Convert it to a raw disk');

export const rules: readonly Rule[] = [
  {
    id: 'hetzner.format',
    severity: 'stop',
    source: uploader,
    check: takesFormats(
      asValue(inEnglish('The rescue system')),
      [{ format: 'raw' }, { format: 'qcow2' }],
      toRaw,
    ),
  },
  {
    id: 'hetzner.compression',
    severity: 'stop',
    source: uploader,
    check: takesWrappers(asValue(inEnglish('the rescue system')), ['bzip2', 'xz', 'zstd'], toRaw),
  },
  {
    id: 'hetzner.qcow2',
    severity: 'hint',
    source: null,
    check: ({ disk: { format } }) =>
      format === 'qcow2'
        ? {
            message: inEnglish(
              'Raw disks are what is written; newer versions of the uploader are said to take qcow2, too.',
            ),
          }
        : null,
  },
  {
    id: 'hetzner.size',
    severity: 'hint',
    source: null,
    check: ({ disk: { virtualSizeBytes } }) =>
      (virtualSizeBytes ?? 0) > 20e9
        ? { message: inEnglish('The disk has to fit on the smallest server that shall start from it.') }
        : null,
  },
];
