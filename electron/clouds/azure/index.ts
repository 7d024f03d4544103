/** Microsoft Azure. */
import type { Cloud } from '../cloud.ts';
import { preparation } from './preparation.ts';
import { linuxGuide, rules } from './rules.ts';

export const azure: Cloud = {
  id: 'azure',
  title: 'Microsoft Azure',
  kind: 'cloud',
  takes: 'Fixed VHD in whole MiB',
  packages: { accepted: [], source: linuxGuide },
  rules,
  preparation,
};
