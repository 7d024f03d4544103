/** What is said of a storage account at Azure, and how one proves that one may use it. */
import type { AccountSettings } from '#shared/domain/cloud-account.ts';
import type { AccountField, AccountSecret } from '#shared/domain/cloud-description.ts';
import { inEnglish } from '#shared/in-english.ts';

const proofs = ['key', 'sas', 'connection-string', 'identity'] as const;
type Proof = (typeof proofs)[number];

export interface AzureSettings {
  readonly proof: Proof;
  /** The storage account's name; empty where a connection string says it. */
  readonly account: string;
  /** Of its blobs, in place of that in Azure's public cloud. */
  readonly endpoint: string;
  /** The only container that is looked into; empty for all. */
  readonly container: string;
}

export function azureSettings(settings: AccountSettings): AzureSettings {
  const word = (name: string): string => String(settings[name] ?? '');
  return {
    proof: proofs.find((proof) => proof === word('proof')) ?? 'key',
    account: word('account'),
    endpoint: word('endpoint').replace(/\/+$/, ''),
    container: word('container'),
  };
}

/** Where the account's blobs are; null where only its connection string says it. */
export function endpointOf({ proof, account, endpoint }: AzureSettings): string | null {
  if (proof === 'connection-string') return null;
  return endpoint === '' ? `https://${account}.blob.core.windows.net` : endpoint;
}

const named = { field: 'proof', is: ['key', 'sas', 'identity'] } as const;

export const fields: readonly AccountField[] = [
  {
    name: 'proof',
    title: inEnglish('Proof'),
    help: inEnglish('How this account shows that it may use the storage.'),
    type: 'choice',
    default: 'key',
    choices: proofs,
    titles: {
      key: inEnglish('Account key'),
      sas: inEnglish('Shared access signature (SAS)'),
      'connection-string': inEnglish('Connection string'),
      identity: inEnglish('Signed in: az login, environment, managed identity'),
    },
  },
  {
    name: 'account',
    title: inEnglish('Storage account'),
    help: '',
    type: 'text',
    default: '',
    pattern: '[a-z0-9]{3,24}',
    patternHelp: inEnglish('It has 3 to 24 small letters and digits.'),
    required: true,
    when: named,
  },
  {
    name: 'container',
    title: inEnglish('Container'),
    help: inEnglish('The only one that is looked into. A SAS for a single container needs it.'),
    type: 'text',
    default: '',
    placeholder: inEnglish('All of them'),
    pattern: '[a-z0-9](-?[a-z0-9]){2,62}|\\$root',
    patternHelp: inEnglish('It has 3 to 63 small letters, digits and single dashes.'),
    further: true,
  },
  {
    name: 'endpoint',
    title: inEnglish('Blob endpoint'),
    help: inEnglish('Where the storage is not in Azure’s public cloud.'),
    type: 'text',
    default: '',
    placeholder: 'https://ACCOUNT.blob.core.windows.net',
    pattern: 'https?://[^\\s/?#]+(/[^\\s?#]*)?',
    patternHelp: inEnglish('It begins with https:// or http://.'),
    when: named,
    further: true,
  },
];

export const secrets: readonly AccountSecret[] = [
  { noun: inEnglish('account key'), environment: 'AZURE_STORAGE_KEY', when: { field: 'proof', is: ['key'] } },
  {
    noun: inEnglish('SAS token'),
    environment: 'AZURE_STORAGE_SAS_TOKEN',
    when: { field: 'proof', is: ['sas'] },
  },
  {
    noun: inEnglish('connection string'),
    environment: 'AZURE_STORAGE_CONNECTION_STRING',
    when: { field: 'proof', is: ['connection-string'] },
  },
];
