/** DigitalOcean: custom images, fetched from a web address. */
import type { RuleSource } from '#shared/domain/preflight.ts';
import { asValue, inEnglish } from '#shared/in-english.ts';
import { onLayout, type Rule } from '../cloud.ts';
import { atMost, gigabyte, takesFormats, takesWrappers } from '../conditions.ts';

export const customImages: RuleSource = { title: 'DigitalOcean: custom images', readOn: '2026-11-28' };

const toQcow2 = inEnglish('Convert it to qcow2');

export const rules: readonly Rule[] = [
  {
    id: 'digitalocean.format',
    severity: 'stop',
    source: customImages,
    check: takesFormats(
      'DigitalOcean',
      ['raw', 'qcow2', 'vhdx', 'vdi', 'vmdk'].map((format) => ({ format })),
      toQcow2,
    ),
  },
  {
    id: 'digitalocean.compression',
    severity: 'stop',
    source: customImages,
    check: takesWrappers('DigitalOcean', ['gzip', 'bzip2'], toQcow2),
  },
  {
    id: 'digitalocean.size',
    severity: 'stop',
    source: customImages,
    check: atMost('DigitalOcean', 100 * gigabyte - 1, asValue(inEnglish('less than 100 GB'))),
  },
  {
    id: 'digitalocean.system',
    severity: 'stop',
    source: customImages,
    check: onLayout(({ system }) =>
      system === 'windows'
        ? { message: inEnglish('DigitalOcean takes Linux and other Unix-like systems only.') }
        : null,
    ),
  },
  {
    id: 'digitalocean.linux-guest',
    severity: 'hint',
    source: null,
    check: onLayout(({ system }, { boots }) =>
      system === 'linux' && boots
        ? { message: inEnglish('The guest needs cloud-init and an ext3 or ext4 root, as far as is known.') }
        : null,
    ),
  },
];
