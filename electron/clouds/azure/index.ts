/** Microsoft Azure. */
import { inEnglish } from '#shared/in-english.ts';
import type { Cloud } from '../cloud.ts';
import { preparation } from './preparation.ts';
import { linuxGuide, rules } from './rules.ts';

export const azure: Cloud = {
  id: 'azure',
  title: inEnglish('Microsoft Azure'),
  kind: 'cloud',
  takes: inEnglish('Fixed VHD in whole MiB'),
  packages: { accepted: [], source: linuxGuide },
  rules,
  preparation,
};
