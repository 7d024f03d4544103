/** Oracle Cloud Infrastructure: images that are brought along. */
import type { RuleSource } from '#shared/domain/preflight.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Rule } from '../cloud.ts';
import {
  atMost,
  gigabyte,
  starts,
  startsWithoutPassphrase,
  takesFormats,
  takesWrappers,
} from '../conditions.ts';

export const introduction: RuleSource = {
  title: 'Oracle Cloud Infrastructure: bring your own image',
  readOn: '2026-11-28',
};
const appliance: RuleSource = {
  title: 'Oracle Private Cloud Appliance: bring your own image (VMDK subtypes)',
  readOn: '2026-11-28',
};

const toQcow2 = inEnglish('Convert it to qcow2');

export const rules: readonly Rule[] = [
  {
    id: 'oracle.format',
    severity: 'stop',
    source: introduction,
    check: takesFormats('Oracle Cloud', [{ format: 'qcow2' }, { format: 'vmdk' }], toQcow2),
  },
  {
    id: 'oracle.vmdk-type',
    severity: 'stop',
    source: appliance,
    check: ({ disk: { format, variant }, staysPackaged }) =>
      format !== 'vmdk' ||
      staysPackaged ||
      ['monolithicsparse', 'streamoptimized'].includes(variant?.toLowerCase() ?? '')
        ? null
        : {
            message: inEnglish(
              'Of VMDK, Oracle Cloud takes single files: monolithicSparse or streamOptimized.',
            ),
            fix: toQcow2,
          },
  },
  {
    id: 'oracle.compression',
    severity: 'stop',
    source: introduction,
    check: takesWrappers('Oracle Cloud', [], toQcow2),
  },
  {
    id: 'oracle.size',
    severity: 'stop',
    source: introduction,
    check: atMost('Oracle Cloud', 400 * gigabyte, '400 GB'),
  },
  {
    id: 'oracle.encrypted-volumes',
    severity: 'stop',
    source: introduction,
    check: startsWithoutPassphrase('Oracle Cloud'),
  },
  {
    id: 'oracle.single-disk',
    severity: 'warning',
    source: introduction,
    check: ({ file: { disks }, boots }) =>
      boots && disks.length > 1
        ? {
            message: inEnglish(
              'An image is one disk that starts; the package has {count}, and the others come as volumes.',
              { count: disks.length },
            ),
          }
        : null,
  },
  {
    id: 'oracle.firmware',
    severity: 'warning',
    source: introduction,
    check: starts(inEnglish('Oracle Cloud starts by BIOS, or by UEFI where the image says UEFI_64.')),
  },
];
