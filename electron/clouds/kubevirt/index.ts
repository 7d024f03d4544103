/** KubeVirt, and Harvester on top of it. */
import type { Cloud } from '../cloud.ts';
import { preparation } from './preparation.ts';
import { operations, rules } from './rules.ts';

export const kubevirt: Cloud = {
  id: 'kubevirt',
  title: 'KubeVirt, Harvester',
  kind: 'cloud',
  takes: 'qcow2, raw, VMDK, VDI, VHD or VHDX, also in gzip or xz',
  packages: { accepted: [], source: operations },
  rules,
  preparation,
};
