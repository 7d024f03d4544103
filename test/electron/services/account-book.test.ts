/** Accounts, as OpenStack's own client would find them, and those that Platter keeps. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { inWords } from '#shared/text/in-words.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { AccountBook } from '../../../electron/services/account-book.ts';
import { MemorySecrets } from '../../../electron/services/secrets.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();
let count = 0;
let home: string;
let work: string;
let path: string;
let catalogue: Catalogue;
let secrets: MemorySecrets;
let environment: Record<string, string>;

beforeEach(() => {
  home = join(scratch, `home-${++count}`);
  work = join(home, 'work');
  mkdirSync(join(home, '.config/openstack'), { recursive: true });
  mkdirSync(work);
  path = join(home, 'library.db');
  catalogue = openCatalogue(path);
  secrets = new MemorySecrets();
  environment = {};
});

const book = (): AccountBook =>
  new AccountBook(catalogue, secrets, {
    environment,
    platform: 'linux',
    workingFolder: work,
    homeFolder: home,
  });

const clouds = `
clouds:
  lab:
    profile: vendor
    auth: { username: ada, project_name: images }
    region_name: East
    cacert: ca.pem
  robot:
    auth_type: v3applicationcredential
    auth: { auth_url: https://b.example/v3, application_credential_id: abc }
    regions: [North, South]
    interface: internal
    verify: false
  odd: { auth_type: v3oidcpassword, auth: { auth_url: https://c.example } }
`;

describe('AccountBook', () => {
  it('finds clouds.yaml with its secrets and profiles at the usual places, the first one only', () => {
    const folder = join(home, '.config/openstack');
    writeFileSync(join(folder, 'clouds.yaml'), clouds);
    writeFileSync(join(folder, 'ca.pem'), '');
    writeFileSync(join(folder, 'secure.yaml'), 'clouds: { lab: { auth: { password: pass-1 } } }');
    const vendor = {
      auth: { auth_url: 'https://a.example:5000', user_domain_name: 'Staff' },
      region_name: 'West',
    };
    const profiles = JSON.stringify({ 'public-clouds': { vendor } });
    writeFileSync(join(folder, 'clouds-public.yaml'), profiles);
    const [lab, robot, odd] = book().list();
    expect(lab).toMatchObject({ name: 'lab', origin: 'usual-place', hasSecret: true });
    expect(lab!.settings).toMatchObject({
      authUrl: 'https://a.example:5000',
      username: 'ada',
      userDomain: 'Staff',
      projectName: 'images',
      region: 'East',
      caFile: join(folder, 'ca.pem'),
      insecure: false,
    });
    expect(robot).toMatchObject({ hasSecret: false });
    expect(robot!.settings).toMatchObject({
      authentication: 'application-credential',
      applicationCredentialId: 'abc',
      region: 'North',
      interface: 'internal',
      insecure: true,
    });
    expect(odd!.problem).toContain('v3oidcpassword');
    expect(book().access('lab').secret).toBe('pass-1');
    expect(() => book().access('robot')).toThrow(/OS_APPLICATION_CREDENTIAL_SECRET/);
    environment = { OS_APPLICATION_CREDENTIAL_SECRET: 'from the environment' };
    expect(book().access('robot').secret).toBe('from the environment');

    writeFileSync(
      join(work, 'clouds.yaml'),
      'clouds: { near: { auth: { auth_url: "http://n", username: u } } }',
    );
    expect(
      book()
        .list()
        .map(({ name }) => name),
    ).toEqual(['near']);
    environment = { OS_CLIENT_CONFIG_FILE: join(folder, 'clouds.yaml') };
    expect(
      book()
        .list()
        .map(({ name }) => name),
    ).toEqual(['lab', 'robot', 'odd']);
  });

  it('makes an account of the environment, as the client calls it', () => {
    environment = { OS_AUTH_URL: 'http://k:5000', OS_USERNAME: 'u', OS_PASSWORD: 'p', OS_PROJECT_NAME: 'x' };
    expect(book().list()).toMatchObject([{ name: 'envvars', origin: 'environment', hasSecret: true }]);
    expect(book().access('envvars')).toMatchObject({ secret: 'p', settings: { projectName: 'x' } });
    expect(() => book().access('other')).toThrow(/there are envvars/);
  });

  it('reads an RC file and never runs it', () => {
    const rc = join(home, 'demo-openrc.sh');
    writeFileSync(
      rc,
      `#!/usr/bin/env bash
export OS_AUTH_URL=https://k.example:5000
export OS_PROJECT_NAME="demo"
export OS_USERNAME='ada'
echo "Please enter your password"; touch ${join(home, 'was-run')}
read -sr OS_PASSWORD_INPUT
export OS_PASSWORD=$OS_PASSWORD_INPUT
export OS_REGION_NAME="RegionOne"
if [ -z "$OS_REGION_NAME" ]; then unset OS_REGION_NAME; fi
`,
    );
    expect(book().addFile(rc)).toEqual(['demo']);
    expect(book().list()).toMatchObject([
      {
        name: 'demo',
        origin: 'file',
        file: rc,
        hasSecret: false,
        settings: { username: 'ada', region: 'RegionOne' },
      },
    ]);
    expect(() => book().access('demo')).toThrow(/password of demo is not known/);
    book().setSecret('demo', 'typed');
    expect(book().access('demo').secret).toBe('typed');
    expect(() => readFileSync(join(home, 'was-run'))).toThrow();
    book().remove('demo');
    expect(book().list()).toEqual([]);
    expect(secrets.read('account:demo')).toBeNull();
  });

  it('keeps what was typed in without its secret, and says when a file is gone', () => {
    const settings = { authUrl: 'https://k', authentication: 'password', username: 'u', projectName: 'p' };
    book().add('typed', 'openstack', settings, 'a very secret word');
    expect(book().list()).toMatchObject([{ name: 'typed', origin: 'library', hasSecret: true }]);
    expect(book().access('typed').secret).toBe('a very secret word');
    expect(book().list()).toMatchObject([{ settings: { insecure: false } }]);
    expect(inWords(book().list()[0]!.place)).toBe('https://k, project p');
    const add = (changes: object) => () => book().add('bad', 'openstack', { ...settings, ...changes }, 'x');
    expect(add({ authUrl: 'k' })).toThrow(/authUrl does not take/);
    expect(add({ projectName: ' ' })).toThrow(/needs: Project/);
    expect(add({ colour: 'red' })).toThrow(/no option .*colour/);
    expect(() => book().add('bad', 'nowhere', settings, 'x')).toThrow(/it knows openstack/);
    catalogue.close();
    const stored = [path, `${path}-wal`].map((file) => {
      try {
        return readFileSync(file, 'latin1');
      } catch {
        return '';
      }
    });
    expect(stored.join('')).toContain('typed');
    expect(stored.join('')).not.toContain('a very secret word');
    catalogue = openCatalogue(path);
    secrets = new MemorySecrets();
    expect(book().list()).toMatchObject([{ hasSecret: false }]);

    const file = join(home, 'my.yaml');
    writeFileSync(file, 'clouds: { mine: { auth: { auth_url: "http://n", username: u, password: p } } }');
    expect(book().addFile(file)).toEqual(['mine']);
    writeFileSync(file, 'clouds: {}');
    expect(book().list()[0]).toMatchObject({ name: 'mine', settings: null });
    expect(book().list()[0]!.problem).toContain('no cloud "mine" any more');
  });

  it('does not show a line of a broken file, for it may hold a password', () => {
    const file = join(home, 'bad.yaml');
    writeFileSync(file, 'clouds:\n  lab: { auth: { password: "hunter2" \n');
    expect(() => book().addFile(file)).toThrow(/is no YAML/);
    expect(() => book().addFile(file)).not.toThrow(/hunter2/);
  });
});
