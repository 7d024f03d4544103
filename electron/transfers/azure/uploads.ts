/** What an upload to Azure takes, and what is asked for it. */
import type { UploadDescription } from '#shared/domain/cloud-description.ts';
import { inEnglish } from '#shared/in-english.ts';

export const uploads: UploadDescription = {
  nameTitle: inEnglish('Blob'),
  nameSuffix: '.vhd',
  kinds: ['raw'],
  rawTitle: inEnglish('as a fixed VHD, written while it is sent; only what holds data travels'),
  conversions: [],
  takesCompressed: false,
  fetches: false,
  takesSets: false,
  properties: {
    help: inEnglish('Metadata of the blob, one a line, as name=value; names are letters, digits and _.'),
  },
  options: [
    {
      name: 'container',
      title: inEnglish('Container'),
      help: '',
      type: 'text',
      default: '',
      required: true,
      asksCloud: true,
    },
    {
      name: 'replace',
      title: inEnglish('Replace a blob of that name'),
      help: '',
      type: 'boolean',
      default: false,
      further: true,
    },
  ],
};
