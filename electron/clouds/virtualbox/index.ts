/** Oracle VirtualBox. */
import type { RuleSource } from '#shared/domain/preflight.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Cloud } from '../cloud.ts';
import { starts, takesFormats, takesWrappers } from '../conditions.ts';
import { preparation } from './preparation.ts';

const createMedium: RuleSource = {
  title: 'VirtualBox manual: VBoxManage createmedium',
  readOn: '2026-11-28',
};
const toVdi = inEnglish('Convert it to VDI');

export const virtualbox: Cloud = {
  id: 'virtualbox',
  title: 'VirtualBox',
  kind: 'hypervisor',
  takes: inEnglish('VDI, VMDK or VHD; OVA and OVF'),
  packages: {
    accepted: ['ova', 'ovf'],
    source: { title: 'VirtualBox manual: importing an appliance', readOn: '2026-11-28' },
  },
  rules: [
    {
      id: 'virtualbox.format',
      severity: 'stop',
      source: createMedium,
      check: takesFormats(
        'VirtualBox',
        ['vdi', 'vmdk', 'vhd', 'iso'].map((format) => ({ format })),
        toVdi,
      ),
    },
    {
      id: 'virtualbox.compression',
      severity: 'stop',
      source: createMedium,
      check: takesWrappers('VirtualBox', [], toVdi),
    },
    {
      id: 'virtualbox.firmware',
      severity: 'hint',
      source: null,
      check: starts(inEnglish('VirtualBox starts by BIOS, or by EFI where the machine is set to it.')),
    },
  ],
  preparation,
};
