/** Microsoft Azure: a page blob is the disk, so that the file's shape is the disk's. */
import type { RuleSource } from '#shared/domain/preflight.ts';
import { inEnglish } from '#shared/in-english.ts';
import { onLayout, onSize, type Rule } from '../cloud.ts';
import {
  atMost,
  gigabyte,
  mebibyte,
  starts,
  takesFormats,
  takesWrappers,
  tebibyte,
  wholeUnits,
} from '../conditions.ts';

export const linuxGuide: RuleSource = {
  title: 'Azure: prepare Linux for imaging in Azure (create-upload-generic)',
  readOn: '2026-11-28',
};
const uploadGuide: RuleSource = {
  title: 'Azure: upload a VHD to a managed disk (disks-upload-vhd-to-managed-disk-cli)',
  readOn: '2026-11-28',
};
const windowsGuide: RuleSource = {
  title: 'Azure: prepare a Windows VHD or VHDX to upload (prepare-for-upload-vhd-image)',
  readOn: '2026-11-28',
};

const toFixed = inEnglish('Convert it to a fixed VHD');
const leastBytes = 20 * mebibyte;

export const rules: readonly Rule[] = [
  {
    id: 'azure.fixed-vhd',
    severity: 'stop',
    source: linuxGuide,
    check: takesFormats('Azure', [{ format: 'vhd', variants: ['fixed'] }], toFixed),
  },
  {
    id: 'azure.compression',
    severity: 'stop',
    source: linuxGuide,
    check: takesWrappers('Azure', [], toFixed),
  },
  {
    id: 'azure.size-unit',
    severity: 'stop',
    source: linuxGuide,
    check: wholeUnits('Azure', mebibyte, 'MiB'),
  },
  {
    id: 'azure.least-size',
    severity: 'stop',
    source: uploadGuide,
    check: onSize((bytes) =>
      bytes < leastBytes
        ? {
            message: inEnglish('Azure takes disks from 20 MiB on.'),
            fix: inEnglish('Grow the disk to 20 MiB'),
            mends: 'growth',
          }
        : null,
    ),
  },
  {
    id: 'azure.size',
    severity: 'stop',
    source: uploadGuide,
    check: atMost('Azure', 32 * tebibyte, '32 TiB'),
  },
  {
    id: 'azure.linux-size',
    severity: 'warning',
    source: linuxGuide,
    check: onSize((bytes, { disk: { layout }, boots }) =>
      boots && layout?.system === 'linux' && bytes > 1023 * gigabyte
        ? {
            message: inEnglish('The guide for Linux gives 1,023 GB as the most for a disk that is uploaded.'),
          }
        : null,
    ),
  },
  {
    id: 'azure.generation-1-size',
    severity: 'warning',
    source: windowsGuide,
    check: onSize((bytes, { disk: { layout }, boots }) =>
      boots && layout !== null && layout.boot.uefi === false && layout.boot.bios && bytes > 2 * tebibyte
        ? {
            message: inEnglish(
              'It starts by BIOS only, as a machine of generation 1, whose system disk has at most 2 TB.',
            ),
          }
        : null,
    ),
  },
  {
    id: 'azure.firmware',
    severity: 'warning',
    source: windowsGuide,
    check: starts(inEnglish('Azure starts generation 1 by BIOS and generation 2 by UEFI.')),
  },
  {
    id: 'azure.generation',
    severity: 'hint',
    source: windowsGuide,
    check: onLayout(({ boot: { bios, uefi } }, { boots }) =>
      boots && bios !== (uefi === true)
        ? {
            message: bios
              ? inEnglish(
                  'Make the disk one of generation 1 (it starts by BIOS); that cannot be changed later.',
                )
              : inEnglish(
                  'Make the disk one of generation 2 (it starts by UEFI); that cannot be changed later.',
                ),
          }
        : null,
    ),
  },
  {
    id: 'azure.linux-guest',
    severity: 'hint',
    source: linuxGuide,
    check: onLayout(({ system }, { boots }) =>
      system === 'linux' && boots
        ? {
            message: inEnglish(
              'Its initial RAM disk needs the Hyper-V drivers (hv_vmbus, hv_storvsc, hv_netvsc), and the guest the Azure agent or cloud-init.',
            ),
          }
        : null,
    ),
  },
];
