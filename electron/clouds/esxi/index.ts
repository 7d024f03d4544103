/** VMware ESXi, by itself or below vSphere. */
import type { RuleSource } from '#shared/domain/preflight.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Cloud } from '../cloud.ts';
import { starts, takesFormats, takesWrappers } from '../conditions.ts';
import { preparation } from './preparation.ts';

const diskFormats: RuleSource = {
  title: 'VMware vSphere 7.0 documentation: supported disk formats',
  readOn: '2026-11-28',
};
const toStream = inEnglish('Convert it to a stream-optimized VMDK');

export const esxi: Cloud = {
  id: 'esxi',
  title: inEnglish('VMware ESXi'),
  kind: 'hypervisor',
  takes: inEnglish('OVA or OVF with stream-optimized VMDKs'),
  packages: { accepted: ['ova', 'ovf'], source: diskFormats },
  rules: [
    {
      id: 'esxi.format',
      severity: 'stop',
      source: diskFormats,
      check: takesFormats('ESXi', [{ format: 'vmdk' }, { format: 'iso' }], toStream),
    },
    {
      id: 'esxi.hosted-sparse',
      severity: 'stop',
      source: diskFormats,
      check: ({ disk: { format, variant }, staysPackaged }) =>
        format === 'vmdk' && !staysPackaged && /^(monolithicsparse|twogbmaxextent)/i.test(variant ?? '')
          ? {
              message: inEnglish(
                "ESXi does not start sparse disks of VMware's desktop products ({variant}) before they are imported anew.",
                { variant: variant ?? '' },
              ),
              fix: toStream,
            }
          : null,
    },
    {
      id: 'esxi.stream',
      severity: 'hint',
      source: null,
      check: ({ disk: { format, variant }, staysPackaged }) =>
        format === 'vmdk' && !staysPackaged && variant?.toLowerCase() === 'streamoptimized'
          ? {
              message: inEnglish(
                'A stream-optimized disk is for the way there: import it with an OVF descriptor, or with vmkfstools.',
              ),
            }
          : null,
    },
    {
      id: 'esxi.compression',
      severity: 'stop',
      source: diskFormats,
      check: takesWrappers('ESXi', [], toStream),
    },
    {
      id: 'esxi.firmware',
      severity: 'hint',
      source: null,
      check: starts(inEnglish('ESXi starts by BIOS or by EFI, as the machine is set.')),
    },
  ],
  preparation,
};
