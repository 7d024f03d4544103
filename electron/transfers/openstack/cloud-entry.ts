/** One cloud as clouds.yaml, RC files and the environment describe it, turned into an account's settings. */
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import type { WrittenAccount } from '../cloud.ts';
import { interfaces, type OpenStackSettings } from './settings.ts';

export type Entry = Readonly<Record<string, unknown>>;

/** Kinds of log-in that Platter knows, by the names of OpenStack's own plugins. */
const passwordTypes: readonly string[] = ['password', 'v3password'];
const credentialTypes: readonly string[] = ['v3applicationcredential', 'v3_application_credential'];

/**
 * The account that an entry of clouds.yaml describes. Values may stand in `auth` or beside it.
 * @throws Failure `input.invalid` naming what is missing, or a way to log in that Platter does not know.
 */
export function accountFromEntry(name: string, entry: Entry): WrittenAccount {
  const auth = asEntry(entry['auth']);
  const word = (...keys: readonly string[]): string | null => {
    for (const key of keys) {
      const value = auth[key] ?? entry[key];
      if (typeof value === 'string' && value !== '') return value;
      if (typeof value === 'number') return String(value);
    }
    return null;
  };
  const authUrl = word('auth_url');
  if (authUrl === null) throw invalid(name, inEnglish('there is no auth_url'));
  const credential = {
    id: word('application_credential_id'),
    name: word('application_credential_name'),
    secret: word('application_credential_secret'),
  };
  const type =
    word('auth_type') ?? ((credential.id ?? credential.secret) ? credentialTypes[0]! : passwordTypes[0]!);
  const byCredential = credentialTypes.includes(type);
  if (!byCredential && !passwordTypes.includes(type)) {
    throw invalid(
      name,
      inEnglish('Platter does not log in by {type}; it knows password and v3applicationcredential', { type }),
    );
  }
  const domain = (...keys: readonly string[]): string | null =>
    word(...keys, 'domain_id', 'domain_name') ?? word('default_domain_id', 'default_domain');
  const settings: OpenStackSettings = {
    authUrl,
    authentication: byCredential ? 'application-credential' : 'password',
    username: word('username', 'user_name'),
    userId: word('user_id'),
    userDomain: domain('user_domain_id', 'user_domain_name'),
    projectName: word('project_name', 'tenant_name'),
    projectId: word('project_id', 'tenant_id'),
    projectDomain: domain('project_domain_id', 'project_domain_name'),
    applicationCredentialId: credential.id,
    applicationCredentialName: credential.name,
    region: word('region_name') ?? firstRegion(entry['regions']),
    interface:
      interfaces.find((face) => (word('interface', 'endpoint_type') ?? '').startsWith(face)) ?? 'public',
    imageEndpoint: word('image_endpoint_override', 'image_endpoint'),
    caFile: word('cacert'),
    insecure: isNo(entry['verify'] ?? auth['verify']) || isYes(entry['insecure']),
  };
  requireWho(name, settings);
  return { settings, secret: byCredential ? credential.secret : word('password') };
}

function requireWho(name: string, settings: OpenStackSettings): void {
  const { authentication, username, userId, applicationCredentialId, applicationCredentialName } = settings;
  const hasUser = username !== null || userId !== null;
  if (authentication === 'password') {
    if (!hasUser) throw invalid(name, inEnglish('there is no username'));
  } else if (applicationCredentialId === null && (applicationCredentialName === null || !hasUser)) {
    throw invalid(name, inEnglish('an application credential needs its id, or its name and the user'));
  }
}

export function asEntry(value: unknown): Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Entry) : {};
}

/** Regions are names, or names with values of their own. */
function firstRegion(regions: unknown): string | null {
  const first: unknown = Array.isArray(regions) ? regions[0] : null;
  if (typeof first === 'string') return first;
  const { name } = asEntry(first);
  return typeof name === 'string' ? name : null;
}

const isNo = (value: unknown): boolean => value === false || /^(false|no|0|off)$/i.test(asText(value));
const isYes = (value: unknown): boolean => value === true || /^(true|yes|1|on)$/i.test(asText(value));
const asText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

function invalid(name: string, problem: Message): Failure<'input.invalid'> {
  return new Failure('input.invalid', {
    problem: inEnglish('the account {name}: {problem}', { name, problem: asValue(problem) }),
  });
}
