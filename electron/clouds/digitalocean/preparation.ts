/** DigitalOcean: an image that it fetches from a web address. */
import type { MetadataField } from '#shared/domain/preparation.ts';
import { inEnglish } from '#shared/in-english.ts';
import { distributionOf, proposal } from '../guest-words.ts';
import { forms, usual, type Preparation } from '../preparation.ts';
import { command, required, terraformBlock, terraformVariable } from '../shell-words.ts';

const distributions: Readonly<Record<string, string>> = {
  almalinux: 'AlmaLinux',
  arch: 'Arch Linux',
  centos: 'CentOS',
  debian: 'Debian',
  fedora: 'Fedora',
  gentoo: 'Gentoo',
  rocky: 'Rocky Linux',
  ubuntu: 'Ubuntu',
};
const fields: readonly MetadataField[] = [
  {
    name: 'image-distribution',
    title: inEnglish('Distribution'),
    help: inEnglish('The label that the image gets.'),
    type: 'choice',
    choices: [...Object.values(distributions), 'Unknown'],
  },
  {
    name: 'region',
    title: inEnglish('Region'),
    help: inEnglish('Where the image is kept, as nyc3.'),
    type: 'text',
    pattern: '[a-z]{3}[0-9]{1,2}',
  },
];

export const preparation: Preparation = {
  ...usual,
  targets: [forms.qcow2, forms.compressedQcow2, forms.rawGzip],
  fields,
  propose: (facts) => proposal('image-distribution', distributionOf(facts), (id) => distributions[id]),
  handOver({ outputs, name, metadata }) {
    const region = metadata['region'];
    const named = outputs.map((output, index) => ({
      ...output,
      image: outputs.length === 1 ? name : `${name}-${index + 1}`,
    }));
    return {
      commands: named.map(({ fileName, image }) => ({
        title: inEnglish('Make an image of {fileName}, which has to lie at a public web address', {
          fileName,
        }),
        command: [
          required('ADDRESS', 'the public address of the folder that the file was uploaded to, with https'),
          ...(region === undefined ? [required('REGION', 'the region, as nyc3')] : []),
          command(
            ...[
              'doctl',
              'compute',
              'image',
              'create',
              image,
              '--image-url',
              { shell: `"$ADDRESS/${fileName}"` },
            ],
            ...['--region', region ?? { shell: '"$REGION"' }],
            ...(metadata['image-distribution'] === undefined
              ? []
              : ['--image-distribution', metadata['image-distribution']]),
          ),
        ].join('\n'),
      })),
      terraform: [
        terraformVariable('address', 'The public address of the folder that the file was uploaded to'),
        ...(region === undefined ? [terraformVariable('region', 'The region, as nyc3')] : []),
        ...named.map(({ fileName, image }, index) =>
          terraformBlock(
            `resource "digitalocean_custom_image" "image${index === 0 ? '' : `_${index + 1}`}"`,
            {
              name: image,
              url: { expression: `"\${var.address}/${fileName}"` },
              regions: { expression: region === undefined ? '[var.region]' : `["${region}"]` },
              distribution: metadata['image-distribution'] ?? null,
            },
          ),
        ),
      ].join('\n\n'),
    };
  },
};
