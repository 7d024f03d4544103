/** Oracle Cloud Infrastructure. */
import type { Cloud } from '../cloud.ts';
import { preparation } from './preparation.ts';
import { introduction, rules } from './rules.ts';

export const oracle: Cloud = {
  id: 'oracle',
  title: 'Oracle Cloud',
  kind: 'cloud',
  takes: 'qcow2 or single-file VMDK of up to 400 GB',
  packages: { accepted: [], source: introduction },
  rules,
  preparation,
};
