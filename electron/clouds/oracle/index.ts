/** Oracle Cloud Infrastructure. */
import { inEnglish } from '#shared/in-english.ts';
import type { Cloud } from '../cloud.ts';
import { preparation } from './preparation.ts';
import { introduction, rules } from './rules.ts';

export const oracle: Cloud = {
  id: 'oracle',
  title: inEnglish('Oracle Cloud'),
  kind: 'cloud',
  takes: inEnglish('qcow2 or single-file VMDK of up to 400 GB'),
  packages: { accepted: [], source: introduction },
  rules,
  preparation,
};
