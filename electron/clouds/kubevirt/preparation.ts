/** KubeVirt and Harvester: an upload into a DataVolume. */
import type { MetadataField } from '#shared/domain/preparation.ts';
import { inEnglish } from '#shared/in-english.ts';
import { gibibyte } from '../conditions.ts';
import { firmwareOf, proposal } from '../guest-words.ts';
import { forms, usual, type Preparation } from '../preparation.ts';
import { command, local, required, variable } from '../shell-words.ts';

const fields: readonly MetadataField[] = [
  {
    name: 'namespace',
    title: inEnglish('Namespace'),
    help: inEnglish('Where the volume is made.'),
    type: 'text',
    pattern: '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?',
  },
  {
    name: 'firmware',
    title: inEnglish('Firmware'),
    help: inEnglish('For the manifest of the machine.'),
    type: 'choice',
    choices: ['bios', 'efi'],
  },
];

/** A name as Kubernetes takes it (RFC 1123). */
const resourceName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '') || 'image';

export const preparation: Preparation = {
  ...usual,
  targets: [forms.qcow2, forms.compressedQcow2, forms.rawGzip],
  takesMedia: true,
  fields,
  propose: (facts) => proposal('firmware', firmwareOf(facts), { bios: 'bios', uefi: 'efi' }),
  handOver({ outputs, virtualSizes, name, metadata }) {
    const namespace = metadata['namespace'];
    return {
      commands: outputs.map(({ fileName }, index) => {
        const bytes = virtualSizes[index] ?? null;
        const size = bytes === null ? variable('SIZE') : `${Math.max(1, Math.ceil(bytes / gibibyte))}Gi`;
        return {
          title: inEnglish('Upload {fileName} into a DataVolume', { fileName }),
          command: [
            ...(bytes === null ? [required('SIZE', 'the size of the disk, as 20Gi')] : []),
            command(
              ...[
                'virtctl',
                'image-upload',
                'dv',
                resourceName(outputs.length === 1 ? name : `${name}-${index + 1}`),
              ],
              ...(namespace === undefined ? [] : ['--namespace', namespace]),
              ...['--size', size, '--image-path', local(fileName), '--wait-secs', '3600'],
            ),
          ].join('\n'),
        };
      }),
      terraform: null,
    };
  },
};
