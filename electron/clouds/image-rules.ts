/** What holds everywhere: a lone piece of an image, or something that is no disk, is of no use to anybody. */
import type { RuleSource } from '#shared/domain/preflight.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { formatName } from '#shared/domain/format-name.ts';
import type { Rule } from './cloud.ts';
import { onLayout } from './cloud.ts';

const fileItself: RuleSource = {
  title: inEnglish('What Platter found in the file itself'),
  readOn: '2026-11-28',
};

/** For clouds and hypervisors alike. */
const everywhere: readonly Rule[] = [
  {
    id: 'image.not-a-disk',
    severity: 'stop',
    source: fileItself,
    check: ({ disk: { kind, format } }) =>
      kind === 'disk' || kind === 'optical' ? null : { message: otherThanDisk(kind, format) },
  },
  {
    id: 'image.broken-chain',
    severity: 'stop',
    source: fileItself,
    check: ({ disk: { brokenBy, parent } }) =>
      brokenBy === null
        ? null
        : {
            message:
              parent === null
                ? inEnglish('It needs another file, which is missing, changed or not allowed.')
                : inEnglish('It needs “{parent}”, which is missing, changed or not allowed.', { parent }),
          },
  },
  {
    id: 'image.large-sectors',
    severity: 'hint',
    source: null,
    check: onLayout(({ sectorBytes, scheme }) =>
      scheme === 'apm' || sectorBytes === 512
        ? null
        : {
            message: inEnglish(
              'Its partition table counts in sectors of {sectorBytes} bytes; most machines show their disks in sectors of 512, and then find no partitions.',
              { sectorBytes },
            ),
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
            message: inEnglish('It holds only what differs from “{parent}”.', { parent }),
            fix: inEnglish('Flatten it together with its parents'),
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
            message: inEnglish(
              '{count, plural, one {Its data lies in another file.} other {Its data lies in # further files.}}',
              { count: furtherFiles.length },
            ),
            fix: inEnglish('Write it as one file'),
          },
  },
  {
    id: 'image.encrypted',
    severity: 'stop',
    source: fileItself,
    check: ({ disk: { encrypted } }) =>
      encrypted
        ? {
            message: inEnglish('The image is encrypted; nobody can start it without the passphrase.'),
            fix: inEnglish('Decrypt it'),
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
            message: inEnglish(
              'The file bears the marks of {claims}: what reads it may take it for either.',
              { claims: { allOf: claims } },
            ),
            fix: inEnglish('Write it anew in one format'),
          },
  },
];

export const imageRules = { cloud: [...everywhere, ...alone], hypervisor: everywhere } as const;

function otherThanDisk(kind: string, format: string): Message {
  if (kind === 'kernel') return inEnglish('This is no disk, but a kernel.');
  if (kind === 'ramdisk') return inEnglish('This is no disk, but a RAM disk.');
  return inEnglish('This is no disk, but a {format} file.', { format: formatName(format) });
}
