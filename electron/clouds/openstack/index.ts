/** OpenStack. */
import { inEnglish } from '#shared/in-english.ts';
import type { Cloud } from '../cloud.ts';
import { preparation } from './preparation.ts';
import { rules } from './rules.ts';

export const openstack: Cloud = {
  id: 'openstack',
  title: 'OpenStack',
  kind: 'cloud',
  takes: inEnglish('qcow2 or raw, best as qcow2'),
  packages: {
    accepted: [],
    source: { title: 'OpenStack Virtual Machine Image Guide, introduction', readOn: '2026-11-28' },
  },
  rules,
  preparation,
};
