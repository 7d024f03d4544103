/** Hetzner Cloud: hcloud-upload-image writes the disk through a rescue system and takes a snapshot. */
import type { MetadataField } from '#shared/domain/preparation.ts';
import { inEnglish } from '#shared/in-english.ts';
import { architectureOf, proposal } from '../guest-words.ts';
import { forms, usual, type Preparation } from '../preparation.ts';
import { command, local } from '../shell-words.ts';

const fields: readonly MetadataField[] = [
  {
    name: 'architecture',
    title: inEnglish('Architecture'),
    help: inEnglish('Of the server that writes the disk, and of those that start from it.'),
    type: 'choice',
    choices: ['x86', 'arm'],
  },
];
const compressions: Readonly<Record<string, string>> = { xz: 'xz', bzip2: 'bz2', zstd: 'zstd' };

export const preparation: Preparation = {
  ...usual,
  targets: [forms.raw, forms.rawXz],
  fields,
  propose: (facts) =>
    proposal('architecture', architectureOf(facts), (name) =>
      name === 'x86_64' ? 'x86' : name === 'aarch64' ? 'arm' : undefined,
    ),
  handOver: ({ outputs, name, metadata }) => ({
    commands: outputs.map(({ fileName, wrapper }, index) => ({
      title: inEnglish(
        'Make a snapshot of {fileName} (HCLOUD_TOKEN has to be set; a server runs, and costs, meanwhile)',
        { fileName },
      ),
      command: command(
        ...['hcloud-upload-image', 'upload', '--image-path', local(fileName)],
        ...(wrapper === null ? [] : ['--compression', compressions[wrapper] ?? wrapper]),
        ...['--architecture', metadata['architecture'] ?? 'x86'],
        ...['--description', outputs.length === 1 ? name : `${name}-${index + 1}`],
      ),
    })),
    // The provider takes no image files.
    terraform: null,
  }),
};
