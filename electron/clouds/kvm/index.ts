/** QEMU with KVM, as libvirt runs it. */
import type { RuleSource } from '#shared/domain/preflight.ts';
import { inEnglish } from '#shared/in-english.ts';
import { formatName } from '#shared/domain/format-name.ts';
import type { Cloud } from '../cloud.ts';
import { starts, takesFormats, takesWrappers } from '../conditions.ts';
import { preparation } from './preparation.ts';

const blockDrivers: RuleSource = {
  title: 'QEMU documentation: disk image file formats (qemu-block-drivers)',
  readOn: '2026-11-28',
};
const toQcow2 = inEnglish('Convert it to qcow2');
const own: readonly string[] = ['raw', 'qcow2', 'luks', 'iso'];

export const kvm: Cloud = {
  id: 'kvm',
  title: inEnglish('KVM, libvirt'),
  kind: 'hypervisor',
  takes: inEnglish('qcow2 or raw'),
  packages: { accepted: [], source: blockDrivers },
  rules: [
    {
      id: 'kvm.format',
      severity: 'stop',
      source: blockDrivers,
      check: takesFormats(
        'QEMU',
        [...own, 'vmdk', 'vdi', 'vhd', 'vhdx', 'qed', 'parallels', 'bochs', 'cloop', 'dmg'].map((format) => ({
          format,
        })),
        toQcow2,
      ),
    },
    {
      id: 'kvm.native-format',
      severity: 'hint',
      source: blockDrivers,
      check: ({ disk: { format, kind } }) =>
        kind !== 'disk' || own.includes(format)
          ? null
          : {
              message: inEnglish(
                'QEMU reads {format} for compatibility; its own formats are qcow2 and raw.',
                { format: formatName(format) },
              ),
            },
    },
    {
      id: 'kvm.compression',
      severity: 'stop',
      source: blockDrivers,
      check: takesWrappers('QEMU', [], toQcow2),
    },
    {
      id: 'kvm.firmware',
      severity: 'hint',
      source: null,
      check: starts(inEnglish('QEMU starts by BIOS, or by UEFI with OVMF.')),
    },
  ],
  preparation,
};
