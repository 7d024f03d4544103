/** The files of a cloud-init seed for the NoCloud data source, out of the fields that a person fills in. */
import { createHash } from 'node:crypto';
import type { Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { derivedSalt, sha512Crypt } from './sha512-crypt.ts';
import { yamlDocument, type YamlValue } from './yaml.ts';

/** All of them may be empty. */
export interface SeedFields {
  readonly hostname: string;
  readonly instanceId: string;
  readonly user: string;
  /** One a line, as in authorized_keys. */
  readonly authorizedKeys: string;
  /** Plain, or hashed already ($6$…, $y$…). */
  readonly password: string;
  readonly userData: string;
  readonly metaData: string;
  readonly networkConfig: string;
}

export interface SeedFile {
  readonly name: 'user-data' | 'meta-data' | 'network-config';
  readonly text: string;
}

/** @throws Failure `input.invalid`. */
export function seedFiles(fields: SeedFields): { files: SeedFile[]; warnings: Warning[] } {
  const warnings: Warning[] = [];
  const warn = (code: string, message: Message): number => warnings.push({ code, message });
  const userData = ended(fields.userData) || cloudConfig(fields);
  if (fields.userData !== '') {
    checkUserData(fields, warn);
  }
  const network = ended(fields.networkConfig);
  const metaData = ended(fields.metaData) || composedMetaData(fields, userData, network);
  if (fields.metaData !== '' && !/(^|[{,\s"'])instance-id\b/m.test(fields.metaData)) {
    warn(
      'seed.no-instance-id',
      inEnglish('The meta-data name no instance-id, without which cloud-init ignores the seed.'),
    );
  }
  if (fields.metaData !== '' && fields.instanceId !== '') {
    warn('seed.field-unused', inEnglish('The instance ID is not used: the meta-data are taken as they are.'));
  }
  const files: SeedFile[] = [
    { name: 'meta-data', text: metaData },
    { name: 'user-data', text: userData },
  ];
  if (network !== '') files.push({ name: 'network-config', text: network });
  return { files, warnings };
}

function checkUserData(fields: SeedFields, warn: (code: string, message: Message) => void): void {
  const unused = [
    ['user', fields.user],
    ['SSH keys', fields.authorizedKeys],
    ['password', fields.password],
  ].flatMap(([title, value]) => (value === '' ? [] : [title]));
  if (unused.length > 0) {
    const message = inEnglish('Not used, since the user-data are taken as they are: {unused}.', {
      unused: unused.join(', '),
    });
    warn('seed.field-unused', message);
  }
  // What cloud-init tells the kinds of user-data by.
  if (
    !/^(#!|#cloud-|#include|#part-handler|#upstart-job|## template:|content-type:|mime-version:)/i.test(
      fields.userData,
    )
  ) {
    warn(
      'seed.user-data-kind',
      inEnglish('The user-data begin with none of the marks that cloud-init knows, like #cloud-config.'),
    );
  }
}

function cloudConfig(fields: SeedFields): string {
  const keys = keysOf(fields.authorizedKeys);
  const hash = fields.password === '' ? undefined : hashOf(fields);
  const body: Record<string, YamlValue | undefined> = {};
  if (fields.hostname !== '') Object.assign(body, { hostname: fields.hostname, manage_etc_hosts: true });
  if (fields.user !== '') {
    body['users'] = [
      {
        name: fields.user,
        gecos: fields.user,
        sudo: 'ALL=(ALL) NOPASSWD:ALL',
        shell: '/bin/bash',
        lock_passwd: hash === undefined,
        passwd: hash,
        ssh_authorized_keys: keys.length > 0 ? keys : undefined,
      },
    ];
  } else {
    // The user that the image comes with.
    if (hash !== undefined) Object.assign(body, { password: hash, chpasswd: { expire: false } });
    if (keys.length > 0) body['ssh_authorized_keys'] = keys;
  }
  if (hash !== undefined) body['ssh_pwauth'] = true;
  const nothing = Object.keys(body).length === 0;
  return `#cloud-config\n${nothing ? '{}\n' : yamlDocument(body)}`;
}

function composedMetaData(fields: SeedFields, userData: string, network: string): string {
  const derived = createHash('sha256')
    .update(JSON.stringify([fields.hostname, userData, network]))
    .digest('hex')
    .slice(0, 16);
  return yamlDocument({
    'instance-id': fields.instanceId === '' ? `iid-${derived}` : fields.instanceId,
    'local-hostname': fields.hostname === '' ? undefined : fields.hostname,
  });
}

function keysOf(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

/** The salt follows from who the password is for, never from the password itself. */
function hashOf({ password, hostname, user, instanceId }: SeedFields): string {
  if (/^\$[a-z0-9]+\$[^\s:]+$/i.test(password)) return password;
  if (/[\n\r\0]/.test(password)) {
    throw new Failure('input.invalid', { problem: inEnglish('a password is one line') });
  }
  return sha512Crypt(password, derivedSalt(JSON.stringify([hostname, user, instanceId])));
}

/** With one line feed at the end; nothing for nothing. */
function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
