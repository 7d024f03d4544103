/** Proxmox Virtual Environment. */
import type { RuleSource } from '#shared/domain/preflight.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Cloud } from '../cloud.ts';
import { starts, takesFormats, takesWrappers } from '../conditions.ts';
import { preparation } from './preparation.ts';

const api: RuleSource = { title: 'Proxmox VE API: the format of a disk', readOn: '2026-11-28' };
const toQcow2 = inEnglish('Convert it to qcow2');

export const proxmox: Cloud = {
  id: 'proxmox',
  title: inEnglish('Proxmox VE'),
  kind: 'hypervisor',
  takes: inEnglish('qcow2, raw or VMDK'),
  // qm importovf.
  packages: { accepted: ['ovf'], source: api },
  rules: [
    {
      id: 'proxmox.format',
      severity: 'stop',
      source: api,
      check: takesFormats(
        'Proxmox VE',
        ['qcow2', 'raw', 'vmdk', 'iso'].map((format) => ({ format })),
        toQcow2,
      ),
    },
    {
      id: 'proxmox.compression',
      severity: 'stop',
      source: api,
      check: takesWrappers('Proxmox VE', [], toQcow2),
    },
    {
      id: 'proxmox.firmware',
      severity: 'hint',
      source: null,
      check: starts(inEnglish('Proxmox VE starts by SeaBIOS or, with OVMF, by UEFI.')),
    },
  ],
  preparation,
};
