/** Microsoft Hyper-V. */
import type { RuleSource } from '#shared/domain/preflight.ts';
import { inEnglish } from '#shared/in-english.ts';
import { onLayout, onSize, type Cloud } from '../cloud.ts';
import { starts, takesFormats, takesWrappers, tebibyte } from '../conditions.ts';
import { preparation } from './preparation.ts';

const generations: RuleSource = {
  title: 'Microsoft: should I create a generation 1 or 2 virtual machine in Hyper-V?',
  readOn: '2026-11-28',
};
const secondGeneration: RuleSource = {
  title: 'Introduction to Hyper-V in Windows 10, part 3 (intunedin.net)',
  readOn: '2026-11-28',
};
const toVhdx = inEnglish('Convert it to VHDX');

export const hyperV: Cloud = {
  id: 'hyper-v',
  title: 'Hyper-V',
  kind: 'hypervisor',
  takes: inEnglish('VHDX or VHD'),
  packages: { accepted: [], source: generations },
  rules: [
    {
      id: 'hyper-v.format',
      severity: 'stop',
      source: generations,
      check: takesFormats('Hyper-V', [{ format: 'vhdx' }, { format: 'vhd' }, { format: 'iso' }], toVhdx),
    },
    {
      id: 'hyper-v.compression',
      severity: 'stop',
      source: generations,
      check: takesWrappers('Hyper-V', [], toVhdx),
    },
    {
      id: 'hyper-v.generation-2',
      severity: 'stop',
      source: secondGeneration,
      check: onLayout(({ boot: { bios, uefi } }, { disk: { format }, boots }) =>
        boots && format === 'vhd' && uefi === true && !bios
          ? {
              message: inEnglish(
                'It starts by UEFI only, as a machine of generation 2, which takes VHDX only.',
              ),
              fix: toVhdx,
            }
          : null,
      ),
    },
    {
      id: 'hyper-v.generation-1-size',
      severity: 'warning',
      source: generations,
      check: onSize((bytes, { disk: { layout }, boots }) =>
        boots && layout !== null && layout.boot.bios && layout.boot.uefi === false && bytes > 2 * tebibyte
          ? {
              message: inEnglish(
                'It starts by BIOS only, as a machine of generation 1, which starts from up to 2 TB.',
              ),
            }
          : null,
      ),
    },
    {
      id: 'hyper-v.firmware',
      severity: 'hint',
      source: null,
      check: starts(inEnglish('Generation 1 starts by BIOS, generation 2 by UEFI.')),
    },
  ],
  preparation,
};
