/** Amazon Web Services: three ways in, each with rules of its own. */
import { inEnglish } from '#shared/in-english.ts';
import { onLayout, onSize, type Rule } from '../cloud.ts';
import {
  atMost,
  gibibyte,
  starts,
  startsWithoutPassphrase,
  takesFormats,
  takesWrappers,
  tebibyte,
  wholeUnits,
} from '../conditions.ts';
import { importImage, importSnapshot, limitations, prerequisites, startSnapshot } from './sources.ts';

const toRaw = inEnglish('Convert it to a raw disk');
const toStream = inEnglish('Convert it to a stream-optimized VMDK');

/** Instances of the Nitro generation show disks and networks as nothing else. */
function nitroDrivers(id: string): Rule {
  return {
    id,
    severity: 'hint',
    source: null,
    check: onLayout(({ system }, { boots }) =>
      system === 'linux' && boots
        ? {
            message: inEnglish(
              'Its initial RAM disk needs the NVMe and ENA drivers; nobody adds them on this way.',
            ),
          }
        : null,
    ),
  };
}

export const ebsRules: readonly Rule[] = [
  {
    id: 'aws-ebs.format',
    severity: 'stop',
    source: startSnapshot,
    check: takesFormats('EBS', [{ format: 'raw' }], toRaw),
  },
  {
    id: 'aws-ebs.compression',
    severity: 'stop',
    source: startSnapshot,
    check: takesWrappers('EBS', [], toRaw),
  },
  {
    id: 'aws-ebs.size-unit',
    severity: 'warning',
    source: startSnapshot,
    check: wholeUnits('EBS', gibibyte, 'GiB'),
  },
  {
    id: 'aws-ebs.size',
    severity: 'stop',
    source: startSnapshot,
    check: atMost('EBS', 64 * tebibyte, '64 TiB'),
  },
  {
    id: 'aws-ebs.firmware',
    severity: 'warning',
    source: importImage,
    check: starts(inEnglish('EC2 starts instances by BIOS (legacy-bios) or UEFI.')),
  },
  nitroDrivers('aws-ebs.drivers'),
];

export const snapshotRules: readonly Rule[] = [
  {
    id: 'aws-snapshot.format',
    severity: 'stop',
    source: importSnapshot,
    check: takesFormats(
      'ImportSnapshot',
      ['raw', 'vhd', 'vhdx', 'vmdk'].map((format) => ({ format })),
      toRaw,
    ),
  },
  {
    id: 'aws-snapshot.compression',
    severity: 'stop',
    source: importSnapshot,
    check: takesWrappers('ImportSnapshot', [], toRaw),
  },
  {
    id: 'aws-snapshot.firmware',
    severity: 'warning',
    source: importImage,
    check: starts(inEnglish('EC2 starts instances by BIOS (legacy-bios) or UEFI.')),
  },
  nitroDrivers('aws-snapshot.drivers'),
];

const mostVolumes = 21;
const importArchitectures: readonly string[] = ['x86_64', 'i386'];

export const imageRules: readonly Rule[] = [
  {
    id: 'aws-image.format',
    severity: 'stop',
    source: prerequisites,
    check: takesFormats(
      'VM Import',
      [
        { format: 'vmdk', variants: ['streamOptimized'] },
        { format: 'vhd' },
        { format: 'vhdx' },
        { format: 'raw' },
      ],
      toStream,
    ),
  },
  {
    id: 'aws-image.compression',
    severity: 'stop',
    source: prerequisites,
    check: takesWrappers('VM Import', [], toStream),
  },
  {
    id: 'aws-image.volumes',
    severity: 'stop',
    source: prerequisites,
    check: ({ file: { disks }, boots }) =>
      boots && disks.length > mostVolumes
        ? {
            message: inEnglish('VM Import takes up to {mostVolumes} volumes; the package has {count}.', {
              mostVolumes,
              count: disks.length,
            }),
          }
        : null,
  },
  {
    id: 'aws-image.mbr-size',
    severity: 'warning',
    source: limitations,
    check: onSize((bytes, { disk: { layout }, boots }) =>
      boots && layout?.scheme === 'mbr' && bytes > 2 * tebibyte
        ? { message: inEnglish('A disk with an MBR that is started from has at most 2 TiB.') }
        : null,
    ),
  },
  {
    id: 'aws-image.architecture',
    severity: 'stop',
    source: importImage,
    check: onLayout(({ architectures }, { boots }) =>
      boots && architectures.length > 0 && !architectures.some((name) => importArchitectures.includes(name))
        ? {
            message: inEnglish(
              'VM Import takes x86_64 and i386; this disk is for {architectures}. A snapshot and RegisterImage take it.',
              { architectures: architectures.join(', ') },
            ),
          }
        : null,
    ),
  },
  {
    id: 'aws-image.encrypted-volumes',
    severity: 'stop',
    source: limitations,
    check: startsWithoutPassphrase('VM Import'),
  },
  {
    id: 'aws-image.firmware',
    severity: 'warning',
    source: importImage,
    check: starts(inEnglish('VM Import starts by BIOS (legacy-bios) or UEFI.')),
  },
];
