/** KubeVirt, and Harvester on top of it. */
import { inEnglish } from '#shared/in-english.ts';
import type { Cloud } from '../cloud.ts';
import { preparation } from './preparation.ts';
import { operations, rules } from './rules.ts';

export const kubevirt: Cloud = {
  id: 'kubevirt',
  title: inEnglish('KubeVirt, Harvester'),
  kind: 'cloud',
  takes: inEnglish('qcow2, raw, VMDK, VDI, VHD or VHDX, also in gzip or xz'),
  packages: { accepted: [], source: operations },
  rules,
  preparation,
};
