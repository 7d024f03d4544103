/** Google Compute Engine: `disk.raw` in a tar that is compressed with gzip. */
import type { RuleSource } from '#shared/domain/preflight.ts';
import { inEnglish } from '#shared/in-english.ts';
import { onLayout, type Rule } from '../cloud.ts';
import { gibibyte, starts, takesFormats, wholeUnits } from '../conditions.ts';

export const importGuide: RuleSource = {
  title: 'Compute Engine: import a boot disk image manually (import-existing-image)',
  readOn: '2026-11-28',
};
const practices: RuleSource = {
  title: 'Compute Engine: image management best practices',
  readOn: '2026-11-28',
};

const toTar = inEnglish('Write it as disk.raw in a tar.gz');

export const rules: readonly Rule[] = [
  {
    id: 'google.format',
    severity: 'stop',
    source: importGuide,
    check: takesFormats('Compute Engine', [{ format: 'raw' }], toTar),
  },
  {
    id: 'google.archive',
    severity: 'stop',
    source: importGuide,
    check: ({ disk: { format, wrapper } }) =>
      format === 'raw' && wrapper !== 'tar+gzip'
        ? {
            message: inEnglish(
              'Compute Engine takes the disk as disk.raw in a tar that is compressed with gzip.',
            ),
            fix: toTar,
          }
        : null,
  },
  {
    id: 'google.size-unit',
    severity: 'stop',
    source: importGuide,
    check: wholeUnits('Compute Engine', gibibyte, 'GiB'),
  },
  {
    id: 'google.backup-gpt',
    severity: 'warning',
    source: practices,
    check: onLayout(({ backupGpt }) =>
      backupGpt === null || backupGpt === 'at-end'
        ? null
        : {
            message:
              backupGpt === 'missing'
                ? inEnglish('The backup GPT is missing or damaged.')
                : inEnglish('The backup GPT is not at the end of the disk.'),
            fix: inEnglish('Move the backup GPT to the end of the disk'),
            mends: 'backup-gpt',
          },
    ),
  },
  {
    id: 'google.firmware',
    severity: 'warning',
    source: importGuide,
    check: starts(
      inEnglish('Compute Engine starts by BIOS, or by UEFI where the image says UEFI_COMPATIBLE.'),
    ),
  },
  {
    id: 'google.linux-guest',
    severity: 'hint',
    source: importGuide,
    check: onLayout(({ system }, { boots }) =>
      system === 'linux' && boots
        ? {
            message: inEnglish(
              'The guest needs virtio-scsi and ACPI, a console on ttyS0 (38400n8d), and only local file systems in fstab.',
            ),
          }
        : null,
    ),
  },
];
