/** What is said of an account at an S3: one bucket, Amazon's or anybody's, and who asks. */
import type { AccountSettings, CloudAccess } from '#shared/domain/cloud-account.ts';
import type { AccountField, AccountSecret } from '#shared/domain/cloud-description.ts';
import { inEnglish } from '#shared/in-english.ts';
import { identityFields, identityOf, regionField, secretKey } from '../aws/settings.ts';
import { certificateFields } from '../certificate-fields.ts';
import type { S3Place } from './service.ts';

export interface S3Settings extends S3Place {
  /** What all keys begin with; empty for nothing. */
  readonly prefix: string;
}

/** @throws nothing: what is missing the service will miss. */
export function s3Settings(settings: AccountSettings, secret: string): S3Settings {
  const endpoint = String(settings['endpoint'] ?? '').trim();
  return {
    ...identityOf(settings, secret),
    endpoint: endpoint === '' ? null : endpoint,
    bucket: String(settings['bucket'] ?? ''),
    prefix: String(settings['prefix'] ?? ''),
    // Servers of one's own have no name for each bucket; Amazon's new ones are reached by no other way.
    pathStyle: settings['addressing'] === 'path' || (settings['addressing'] !== 'host' && endpoint !== ''),
  };
}

export const s3Access = ({ settings, secret }: CloudAccess): S3Settings => s3Settings(settings, secret);

export const fields: readonly AccountField[] = [
  {
    name: 'endpoint',
    title: inEnglish('Address'),
    help: inEnglish('Of the service; empty for Amazon’s own.'),
    type: 'text',
    default: '',
    placeholder: 'https://s3.example.org',
    pattern: 'https?://[^\\s/]+.*',
    patternHelp: inEnglish('It begins with https:// or http://.'),
  },
  {
    name: 'bucket',
    title: inEnglish('Bucket'),
    help: '',
    type: 'text',
    default: '',
    pattern: '[A-Za-z0-9][A-Za-z0-9._-]{1,254}',
    patternHelp: inEnglish('Letters, digits, dots, dashes and underscores.'),
    required: true,
  },
  ...identityFields,
  { ...regionField, help: inEnglish('Of the bucket. Services of other makers mostly take any.') },
  {
    name: 'prefix',
    title: inEnglish('Folder'),
    help: inEnglish('What the keys begin with, with a slash at its end: images/'),
    type: 'text',
    default: '',
    pattern: '[^/\\p{Cc}][^\\p{Cc}]{0,511}',
    further: true,
  },
  {
    name: 'addressing',
    title: inEnglish('Bucket in the address'),
    help: '',
    type: 'choice',
    default: 'usual',
    choices: ['usual', 'path', 'host'],
    titles: {
      usual: inEnglish('As is usual: in the path, before the name at Amazon’s'),
      path: inEnglish('In the path'),
      host: inEnglish('Before the server’s name'),
    },
    further: true,
  },
  ...certificateFields('service', inEnglish('everything')),
];

export const secrets: readonly AccountSecret[] = [secretKey];
