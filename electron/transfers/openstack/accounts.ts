/** Where OpenStack's own client finds accounts: the environment, clouds.yaml, RC files. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { AccountSources, FileAccount, UsualAccount } from '../cloud.ts';
import type { Surroundings } from '../surroundings.ts';
import { readCloudsFile, usualCloudsFile } from './clouds-yaml.ts';
import { accountFromVariables, environmentAccountName, readRcFile } from './variables.ts';

export const sources: AccountSources = {
  usual: (where) => [...ofEnvironment(where), ...ofUsualFile(where)],
  files: {
    title: inEnglish('clouds.yaml or RC file'),
    // RC files have any name; what is JSON is another cloud's.
    takes: (path) => !/\.json$/i.test(path),
    read: readFile,
  },
};

/** All of a clouds.yaml, or the one of an RC file. */
function readFile(path: string, where: Surroundings): readonly FileAccount[] {
  if (/\.ya?ml$/i.test(path)) {
    return readCloudsFile(path, where).map((account) => ({ ...account, entry: account.name }));
  }
  const name = rcName(path);
  return [{ name, account: readRcFile(path, name), entry: null }];
}

/** `demo-openrc.sh` is the account of "demo". */
function rcName(path: string): string {
  const name = path
    .split(/[/\\]/)
    .at(-1)!
    .replace(/\.(sh|rc|ps1|bat)$/i, '')
    .replace(/[-_.]?openrc$/i, '');
  return name === '' ? 'openrc' : name;
}

function ofEnvironment({ environment }: Surroundings): readonly UsualAccount[] {
  const name = environment['OS_CLOUD_NAME'] ?? environmentAccountName;
  const place = { origin: 'environment', file: null } as const;
  try {
    const account = accountFromVariables(environment, environmentAccountName);
    return account === null ? [] : [{ ...place, found: { name, account } }];
  } catch (error) {
    return [{ ...place, found: { name, failure: Failure.from(error) } }];
  }
}

function ofUsualFile(where: Surroundings): readonly UsualAccount[] {
  const file = usualCloudsFile(where);
  if (file === null) return [];
  const place = { origin: 'usual-place', file } as const;
  try {
    return readCloudsFile(file, where).map((found) => ({ ...place, found }));
  } catch (error) {
    return [{ ...place, found: { name: 'clouds.yaml', failure: Failure.from(error) } }];
  }
}
