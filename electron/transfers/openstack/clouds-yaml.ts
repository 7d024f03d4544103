/** clouds.yaml, with secure.yaml and clouds-public.yaml: where they are looked for, and how they are joined (openstacksdk). */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { FoundAccount } from '../cloud.ts';
import type { Surroundings } from '../surroundings.ts';
import { accountFromEntry, asEntry, type Entry } from './cloud-entry.ts';

/** No such file is longer. */
const mostBytes = 1 << 20;

/** The clouds.yaml that holds here: the first that is there; null when there is none. */
export function usualCloudsFile(where: Surroundings): string | null {
  return firstFile('clouds', where, where.environment['OS_CLIENT_CONFIG_FILE']);
}

function firstFile(name: string, where: Surroundings, first: string | undefined): string | null {
  const files = foldersOf(where).flatMap((folder) => [
    join(folder, `${name}.yaml`),
    join(folder, `${name}.yml`),
  ]);
  return (
    [...(first === undefined || first === '' ? [] : [first]), ...files].find((path) => existsSync(path)) ??
    null
  );
}

function foldersOf({ platform, workingFolder, homeFolder, environment }: Surroundings): readonly string[] {
  if (platform === 'darwin') {
    return [
      workingFolder,
      join(homeFolder, 'Library/Application Support/openstack'),
      join(homeFolder, '.config/openstack'),
      '/Library/Application Support/openstack',
      '/etc/openstack',
    ];
  }
  if (platform === 'win32') {
    const local = environment['LOCALAPPDATA'] ?? join(homeFolder, 'AppData/Local');
    const common = environment['PROGRAMDATA'] ?? 'C:\\ProgramData';
    return [workingFolder, join(local, 'OpenStack/openstack'), join(common, 'OpenStack/openstack')];
  }
  const own = environment['XDG_CONFIG_HOME'] ?? '';
  return [workingFolder, join(own === '' ? join(homeFolder, '.config') : own, 'openstack'), '/etc/openstack'];
}

/**
 * Every cloud in the file, with its secrets from the secure.yaml beside it, or at one of the usual places, and its profile.
 * @throws Failure `io.*`, `input.invalid` for what is no clouds.yaml.
 */
export function readCloudsFile(path: string, where: Surroundings): readonly FoundAccount[] {
  const clouds = sectionOf(path, 'clouds');
  const secure = companion('secure', path, where, where.environment['OS_CLIENT_SECURE_FILE']);
  const secrets = secure === null ? {} : sectionOf(secure, 'clouds');
  const vendor = companion('clouds-public', path, where, where.environment['OS_CLIENT_VENDOR_FILE']);
  const profiles = vendor === null ? {} : sectionOf(vendor, 'public-clouds');
  return Object.entries(clouds).map(([name, value]) => {
    try {
      const own = merged(asEntry(value), asEntry(secrets[name]));
      const base = profileOf(name, own, profiles, path);
      return { name, account: accountFromEntry(name, fromFolder(merged(base, own), path)) };
    } catch (error) {
      return { name, failure: Failure.from(error) };
    }
  });
}

/** A file that belongs to another: beside it, else where such files are usually. */
function companion(
  name: string,
  path: string,
  where: Surroundings,
  named: string | undefined,
): string | null {
  if (named !== undefined && named !== '' && existsSync(named)) return named;
  const beside = join(dirname(path), `${name}.yaml`);
  return existsSync(beside) ? beside : firstFile(name, where, undefined);
}

function profileOf(name: string, entry: Entry, profiles: Entry, path: string): Entry {
  const profile = entry['profile'] ?? entry['cloud'];
  if (typeof profile !== 'string') return {};
  const found = profiles[profile];
  if (found !== undefined) return asEntry(found);
  // The makers of OpenStack's client deliver some with it; an account that says all by itself needs none.
  if (asEntry(entry['auth'])['auth_url'] !== undefined) return {};
  throw new Failure('input.invalid', {
    problem: inEnglish(
      'the account {name} builds on the profile "{profile}", which no clouds-public.yaml beside {path} has',
      { name, profile, path },
    ),
  });
}

/** A CA file is named from the folder of the file that names it. */
function fromFolder(entry: Entry, path: string): Entry {
  const { cacert } = entry;
  if (typeof cacert !== 'string' || cacert === '') return entry;
  const expanded = cacert.startsWith('~/') ? join(homedir(), cacert.slice(2)) : cacert;
  const beside = join(dirname(path), expanded);
  return { ...entry, cacert: !existsSync(expanded) && existsSync(beside) ? beside : expanded };
}

/** `over` wins; what both have as tables is joined. */
function merged(under: Entry, over: Entry): Entry {
  const joined: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const isTable = typeof value === 'object' && value !== null && !Array.isArray(value);
    joined[key] = isTable ? merged(asEntry(under[key]), asEntry(value)) : value;
  }
  return joined;
}

function sectionOf(path: string, section: string): Entry {
  let content: unknown;
  try {
    if (statSync(path).size > mostBytes)
      throw new Failure('input.invalid', { problem: inEnglish('{path} is too long', { path }) });
    // No tags and few aliases: what is written is data.
    content = parse(readFileSync(path, 'utf8'), { maxAliasCount: 100, schema: 'core' });
  } catch (error) {
    if (error instanceof Failure || typeof (error as { errno?: unknown }).errno === 'number') {
      throw systemFailure(error, path);
    }
    // The parser's own words may show the line, and the line a password.
    const line = (error as { linePos?: readonly { readonly line: number }[] }).linePos?.[0]?.line;
    throw new Failure('input.invalid', {
      problem:
        line === undefined
          ? inEnglish('{path} is no YAML', { path })
          : inEnglish('{path} is no YAML (line {line})', { path, line }),
    });
  }
  const found = asEntry(content)[section];
  if (found !== undefined) return asEntry(found);
  throw new Failure('input.invalid', {
    problem: inEnglish('{path} has no section "{section}"', { path, section }),
  });
}
