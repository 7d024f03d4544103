/** Alibaba Cloud. */
import { inEnglish } from '#shared/in-english.ts';
import type { Cloud } from '../cloud.ts';
import { preparation } from './preparation.ts';
import { importGuide, rules } from './rules.ts';

export const alibaba: Cloud = {
  id: 'alibaba',
  title: inEnglish('Alibaba Cloud'),
  kind: 'cloud',
  takes: inEnglish('qcow2, VHD, raw or VMDK'),
  packages: { accepted: [], source: importGuide },
  rules,
  preparation,
};
