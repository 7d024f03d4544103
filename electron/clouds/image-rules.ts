/** What holds everywhere: a lone piece of an image, or something that is no disk, is of no use to anybody. */
import type { RuleSource } from '#shared/domain/preflight.ts';
import type { Rule } from './cloud.ts';
import { onLayout } from './cloud.ts';

const fileItself: RuleSource = { title: 'What Platter found in the file itself', readOn: '2026-11-28' };

/** For clouds and hypervisors alike. */
const everywhere: readonly Rule[] = [
  {
    id: 'image.not-a-disk',
    severity: 'stop',
    source: fileItself,
    check: ({ disk: { kind, format } }) =>
      kind === 'disk' || kind === 'optical'
        ? null
        : { message: `This is no disk, but ${nameOf(kind, format)}.` },
  },
  {
    id: 'image.broken-chain',
    severity: 'stop',
    source: fileItself,
    check: ({ disk: { brokenBy, parent } }) =>
      brokenBy === null
        ? null
        : { message: `It needs “${parent ?? 'another file'}”, which is missing, changed or not allowed.` },
  },
  {
    id: 'image.large-sectors',
    severity: 'hint',
    source: null,
    check: onLayout(({ sectorBytes, scheme }) =>
      scheme === 'apm' || sectorBytes === 512
        ? null
        : {
            message: `Its partition table counts in sectors of ${sectorBytes} bytes; most machines show their disks in sectors of 512, and then find no partitions.`,
          },
    ),
  },
];

/** For whoever gets the file alone, over a network. */
const alone: readonly Rule[] = [
  {
    id: 'image.chain',
    severity: 'stop',
    source: fileItself,
    check: ({ disk: { parent, brokenBy } }) =>
      parent === null || brokenBy !== null
        ? null
        : {
            message: `It holds only what differs from “${parent}”.`,
            fix: 'Flatten it together with its parents',
          },
  },
  {
    id: 'image.further-files',
    severity: 'stop',
    source: fileItself,
    check: ({ disk: { furtherFiles, name } }) =>
      furtherFiles.length === 0 || name !== null
        ? null
        : {
            message: `Its data lies in ${furtherFiles.length === 1 ? 'another file' : `${furtherFiles.length} further files`}.`,
            fix: 'Write it as one file',
          },
  },
  {
    id: 'image.encrypted',
    severity: 'stop',
    source: fileItself,
    check: ({ disk: { encrypted } }) =>
      encrypted
        ? {
            message: 'The image is encrypted; nobody can start it without the passphrase.',
            fix: 'Decrypt it',
          }
        : null,
  },
  {
    id: 'image.ambiguous',
    severity: 'warning',
    source: fileItself,
    check: ({ disk: { claims } }) =>
      claims.length < 2
        ? null
        : {
            message: `The file bears the marks of ${claims.join(' and ')}: what reads it may take it for either.`,
            fix: 'Write it anew in one format',
          },
  },
];

export const imageRules = { cloud: [...everywhere, ...alone], hypervisor: everywhere } as const;

const nameOf = (kind: string, format: string): string =>
  kind === 'kernel' ? 'a kernel' : kind === 'ramdisk' ? 'a RAM disk' : `a ${format} file`;
