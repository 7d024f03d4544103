/** What is said of an account at an OpenStack. Names as in clouds.yaml; null for what is not said. */
import type { AccountSettings, CloudAccess } from '#shared/domain/cloud-account.ts';
import type { AccountField, AccountSecret } from '#shared/domain/cloud-description.ts';
import { inEnglish } from '#shared/in-english.ts';
import { certificateFields } from '../certificate-fields.ts';

/** How a person is known there. */
export type Authentication = 'password' | 'application-credential';

export const interfaces = ['public', 'internal', 'admin'] as const;

export type OpenStackSettings = {
  readonly authUrl: string;
  readonly authentication: Authentication;
  readonly username: string | null;
  readonly userId: string | null;
  readonly userDomain: string | null;
  readonly projectName: string | null;
  readonly projectId: string | null;
  readonly projectDomain: string | null;
  readonly applicationCredentialId: string | null;
  readonly applicationCredentialName: string | null;
  readonly region: string | null;
  readonly interface: (typeof interfaces)[number];
  /** Of Glance, in place of what the catalogue says. */
  readonly imageEndpoint: string | null;
  /** A file of certificates that are trusted besides the system's. */
  readonly caFile: string | null;
  /** Nobody proves that the cloud is what it says it is. */
  readonly insecure: boolean;
};

export type OpenStackAccess = CloudAccess<OpenStackSettings>;

/** The settings with what was left unsaid. */
export function openStackSettings(settings: AccountSettings): OpenStackSettings {
  const word = (name: string): string | null => {
    const value = settings[name] ?? null;
    return value === null || value === '' ? null : String(value);
  };
  return {
    authUrl: word('authUrl') ?? '',
    authentication:
      word('authentication') === 'application-credential' ? 'application-credential' : 'password',
    username: word('username'),
    userId: word('userId'),
    userDomain: word('userDomain'),
    projectName: word('projectName'),
    projectId: word('projectId'),
    projectDomain: word('projectDomain'),
    applicationCredentialId: word('applicationCredentialId'),
    applicationCredentialName: word('applicationCredentialName'),
    region: word('region'),
    interface: interfaces.find((face) => face === word('interface')) ?? 'public',
    imageEndpoint: word('imageEndpoint'),
    caFile: word('caFile'),
    insecure: settings['insecure'] === true,
  };
}

export function openStackAccess(access: CloudAccess): OpenStackAccess {
  return { ...access, settings: openStackSettings(access.settings) };
}

const byPassword = { field: 'authentication', is: ['password'] } as const;
const byCredential = { field: 'authentication', is: ['application-credential'] } as const;

/** What is asked of who types an account in. */
export const fields: readonly AccountField[] = [
  {
    name: 'authUrl',
    title: inEnglish('Identity address'),
    help: '',
    type: 'text',
    default: '',
    placeholder: 'https://cloud.example.org:5000/v3',
    pattern: 'https?://[^\\s/]+.*',
    patternHelp: inEnglish('It begins with https:// or http://.'),
    required: true,
  },
  {
    name: 'authentication',
    title: inEnglish('Proof'),
    help: '',
    type: 'choice',
    default: 'password',
    choices: ['password', 'application-credential'],
    titles: {
      password: inEnglish('Password'),
      'application-credential': inEnglish('Application credential'),
    },
  },
  {
    name: 'username',
    title: inEnglish('User'),
    help: '',
    type: 'text',
    default: '',
    required: true,
    when: byPassword,
  },
  {
    name: 'projectName',
    title: inEnglish('Project'),
    help: '',
    type: 'text',
    default: '',
    required: true,
    when: byPassword,
  },
  {
    name: 'applicationCredentialId',
    title: inEnglish('Id'),
    help: '',
    type: 'text',
    default: '',
    required: true,
    when: byCredential,
  },
  {
    name: 'userDomain',
    title: inEnglish('Domain of the user'),
    help: '',
    type: 'text',
    default: 'Default',
    when: byPassword,
    further: true,
  },
  {
    name: 'projectDomain',
    title: inEnglish('Domain of the project'),
    help: '',
    type: 'text',
    default: 'Default',
    when: byPassword,
    further: true,
  },
  {
    name: 'region',
    title: inEnglish('Region'),
    help: '',
    type: 'text',
    default: '',
    placeholder: inEnglish('The first that has images'),
    further: true,
  },
  {
    name: 'interface',
    title: inEnglish('Interface'),
    help: '',
    type: 'choice',
    default: 'public',
    choices: interfaces,
    further: true,
  },
  ...certificateFields('cloud', inEnglish('everything, the password too')),
];

export const secrets: readonly AccountSecret[] = [
  { noun: inEnglish('password'), environment: 'OS_PASSWORD', when: byPassword },
  { noun: inEnglish('secret'), environment: 'OS_APPLICATION_CREDENTIAL_SECRET', when: byCredential },
];
