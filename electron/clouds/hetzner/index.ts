/** Hetzner Cloud. */
import { inEnglish } from '#shared/in-english.ts';
import type { Cloud } from '../cloud.ts';
import { preparation } from './preparation.ts';
import { rules, uploader } from './rules.ts';

export const hetzner: Cloud = {
  id: 'hetzner',
  title: inEnglish('Hetzner Cloud'),
  kind: 'cloud',
  takes: inEnglish('Raw disks, also in xz, zstd or bzip2'),
  packages: { accepted: [], source: uploader },
  rules,
  preparation,
};
