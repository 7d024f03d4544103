/** What is said of who asks AWS, or a service that speaks like it: typed-in keys, or what AWS's own tools would find. */
import type { AccountSettings } from '#shared/domain/cloud-account.ts';
import type { AccountField, AccountSecret } from '#shared/domain/cloud-description.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { AwsConnection } from './sdk.ts';

export interface AwsSettings extends Omit<AwsConnection, 'endpoint'> {
  /** Doors of one's own to the services (VPC endpoints); null for the region's own. */
  readonly ebsEndpoint: string | null;
  readonly ec2Endpoint: string | null;
}

const byKeys = { field: 'credentials', is: ['keys'] } as const;
const byUsual = { field: 'credentials', is: ['usual'] } as const;

/** The identity, region and trust in the settings; the endpoint is the service's own. */
export function identityOf(settings: AccountSettings, secret: string): Omit<AwsConnection, 'endpoint'> {
  const word = (name: string): string => String(settings[name] ?? '').trim();
  const caFile = word('caFile');
  return {
    credentials: word('credentials') === 'keys' ? 'keys' : 'usual',
    accessKeyId: word('accessKeyId'),
    secretAccessKey: secret,
    profile: word('profile'),
    region: word('region'),
    caFile: caFile === '' ? null : caFile,
    insecure: settings['insecure'] === true,
  };
}

export function awsSettings(settings: AccountSettings, secret: string): AwsSettings {
  const address = (name: string): string | null => {
    const said = String(settings[name] ?? '').trim();
    return said === '' ? null : said;
  };
  return {
    ...identityOf(settings, secret),
    ebsEndpoint: address('ebsEndpoint'),
    ec2Endpoint: address('ec2Endpoint'),
  };
}

export const identityFields: readonly AccountField[] = [
  {
    name: 'credentials',
    title: inEnglish('Credentials'),
    help: '',
    type: 'choice',
    default: 'usual',
    choices: ['usual', 'keys'],
    titles: {
      usual: inEnglish('What AWS’s own tools use: environment, profile, single sign-on, role'),
      keys: inEnglish('An access key, typed in'),
    },
  },
  {
    name: 'accessKeyId',
    title: inEnglish('Access key id'),
    help: '',
    type: 'text',
    default: '',
    required: true,
    when: byKeys,
  },
  {
    name: 'profile',
    title: inEnglish('Profile'),
    help: inEnglish('Of ~/.aws/config and ~/.aws/credentials.'),
    type: 'text',
    default: '',
    placeholder: inEnglish('The usual one'),
    when: byUsual,
  },
];

export const regionField: AccountField = {
  name: 'region',
  title: inEnglish('Region'),
  help: '',
  type: 'text',
  default: '',
  placeholder: inEnglish('That of the profile'),
  pattern: '[A-Za-z0-9-]{1,64}',
};

export const secretKey: AccountSecret = {
  noun: inEnglish('secret access key'),
  environment: 'AWS_SECRET_ACCESS_KEY',
  when: byKeys,
};

const endpoint = {
  help: inEnglish('Of an endpoint in one’s own network, where there is one.'),
  type: 'text',
  default: '',
  pattern: 'https?://[^\\s/]+.*',
  patternHelp: inEnglish('It begins with https:// or http://.'),
  further: true,
} as const;

export const fields: readonly AccountField[] = [
  ...identityFields,
  regionField,
  { ...endpoint, name: 'ebsEndpoint', title: inEnglish('Address of EBS') },
  { ...endpoint, name: 'ec2Endpoint', title: inEnglish('Address of EC2') },
];
