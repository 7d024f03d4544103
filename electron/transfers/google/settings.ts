/** What is said of an account at Google Cloud: the project, the bucket on the way, and who asks. */
import type { AccountSettings } from '#shared/domain/cloud-account.ts';
import type { AccountField } from '#shared/domain/cloud-description.ts';
import { inEnglish } from '#shared/in-english.ts';

export interface GoogleSettings {
  readonly project: string;
  readonly bucket: string;
  /** What keys begin with; empty for nothing. */
  readonly prefix: string;
  /** Of a service account; null for whoever Google's own tools would be. */
  readonly keyFile: string | null;
  readonly storageAddress: string;
  readonly computeAddress: string;
}

export function googleSettings(settings: AccountSettings): GoogleSettings {
  const word = (name: string): string => String(settings[name] ?? '').trim();
  const address = (name: string, usual: string): string => {
    const said = word(name).replace(/\/+$/, '');
    return said === '' ? usual : said;
  };
  return {
    project: word('project'),
    bucket: word('bucket'),
    prefix: word('prefix'),
    keyFile: word('credentials') === 'key-file' ? word('keyFile') : null,
    storageAddress: address('storageEndpoint', 'https://storage.googleapis.com'),
    computeAddress: address('computeEndpoint', 'https://compute.googleapis.com'),
  };
}

const endpoint = {
  help: inEnglish('Of an endpoint in one’s own network (Private Service Connect), where there is one.'),
  type: 'text',
  default: '',
  pattern: 'https?://[^\\s/]+.*',
  patternHelp: inEnglish('It begins with https:// or http://.'),
  further: true,
} as const;

export const fields: readonly AccountField[] = [
  {
    name: 'project',
    title: inEnglish('Project'),
    help: inEnglish('Its id, where images are made.'),
    type: 'text',
    default: '',
    pattern: '[a-z0-9.:-]{4,63}',
    patternHelp: inEnglish('Small letters, digits and dashes.'),
    required: true,
  },
  {
    name: 'bucket',
    title: inEnglish('Bucket'),
    help: inEnglish('In Cloud Storage, where files lie on their way into an image.'),
    type: 'text',
    default: '',
    pattern: '[a-z0-9][a-z0-9._-]{1,221}[a-z0-9]',
    patternHelp: inEnglish('Small letters, digits, dots, dashes and underscores.'),
    required: true,
  },
  {
    name: 'credentials',
    title: inEnglish('Credentials'),
    help: '',
    type: 'choice',
    default: 'usual',
    choices: ['usual', 'key-file'],
    titles: {
      usual: inEnglish('What Google’s own tools use: application default credentials'),
      'key-file': inEnglish('The key file of a service account'),
    },
  },
  {
    name: 'keyFile',
    title: inEnglish('Key file'),
    help: inEnglish('It stays where it is, and is read when it is used.'),
    type: 'text',
    default: '',
    placeholder: '/path/to/key.json',
    required: true,
    when: { field: 'credentials', is: ['key-file'] },
  },
  {
    name: 'prefix',
    title: inEnglish('Folder'),
    help: inEnglish('What the names of objects begin with, with a slash at its end: images/'),
    type: 'text',
    default: '',
    pattern: '[^/\\p{Cc}][^\\p{Cc}]{0,511}',
    further: true,
  },
  { ...endpoint, name: 'storageEndpoint', title: inEnglish('Address of Cloud Storage') },
  { ...endpoint, name: 'computeEndpoint', title: inEnglish('Address of Compute Engine') },
];
