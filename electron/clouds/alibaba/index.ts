/** Alibaba Cloud. */
import type { Cloud } from '../cloud.ts';
import { preparation } from './preparation.ts';
import { importGuide, rules } from './rules.ts';

export const alibaba: Cloud = {
  id: 'alibaba',
  title: 'Alibaba Cloud',
  kind: 'cloud',
  takes: 'qcow2, VHD, raw or VMDK',
  packages: { accepted: [], source: importGuide },
  rules,
  preparation,
};
