/** DigitalOcean. */
import { inEnglish } from '#shared/in-english.ts';
import type { Cloud } from '../cloud.ts';
import { preparation } from './preparation.ts';
import { customImages, rules } from './rules.ts';

export const digitalocean: Cloud = {
  id: 'digitalocean',
  title: 'DigitalOcean',
  kind: 'cloud',
  takes: inEnglish('qcow2, raw, VHDX, VDI or VMDK under 100 GB, also in gzip or bzip2'),
  packages: { accepted: [], source: customImages },
  rules,
  preparation,
};
