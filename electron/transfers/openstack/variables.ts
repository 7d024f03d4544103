/** Accounts in OS_* variables: those of the environment, and those of an RC file, which is read and never run. */
import { readFileSync, statSync } from 'node:fs';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { WrittenAccount } from '../cloud.ts';
import { accountFromEntry } from './cloud-entry.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** Which of the variables say who and where; those alone make no account. */
const telling: readonly string[] = ['OS_AUTH_URL'];

/** What the account of the environment is called, as OpenStack's own client calls it. */
export const environmentAccountName = 'envvars';

/** The account that the variables describe; null where they describe none. @throws Failure `input.invalid`. */
export function accountFromVariables(variables: Variables, name: string): WrittenAccount | null {
  if (!telling.some((variable) => (variables[variable] ?? '') !== '')) return null;
  const entry = Object.fromEntries(
    Object.entries(variables).flatMap(([variable, value]) =>
      /^OS_[A-Z_]+$/.test(variable) && value !== undefined && value !== ''
        ? [[variable.slice('OS_'.length).toLowerCase(), value]]
        : [],
    ),
  );
  return accountFromEntry(name, entry);
}

const mostBytes = 256 * 1024;

/**
 * The account of an RC file as Horizon hands it out. Only plain assignments are understood: nothing is run, and a value that
 * a shell would have to work out (the password that it asks for) is left out. @throws Failure `io.*`, `input.invalid`.
 */
export function readRcFile(path: string, name: string): WrittenAccount {
  let content: string;
  try {
    if (statSync(path).size > mostBytes)
      throw new Failure('input.invalid', { problem: inEnglish('{path} is too long', { path }) });
    content = readFileSync(path, 'utf8');
  } catch (error) {
    throw systemFailure(error, path);
  }
  const account = accountFromVariables(assignmentsIn(content), name);
  if (account !== null) return account;
  throw new Failure('input.invalid', { problem: inEnglish('{path} sets no OS_AUTH_URL', { path }) });
}

/** `export NAME="value"`, `NAME=value`, `set NAME=value`, `$env:NAME = "value"`; `unset NAME` takes it back. */
export function assignmentsIn(content: string): Variables {
  const variables = new Map<string, string>();
  for (const line of content.split(/\r?\n/)) {
    const unset = /^\s*unset\s+(OS_[A-Z_]+)\s*$/.exec(line);
    if (unset) variables.delete(unset[1]!);
    const found = /^\s*(?:export\s+|set\s+|\$env:)?(OS_[A-Z_]+)\s*=\s*(.*?)\s*;?\s*$/.exec(line);
    if (!found) continue;
    const value = plainValue(found[2]!);
    if (value !== null) variables.set(found[1]!, value);
  }
  return Object.fromEntries(variables);
}

/** Null for what a shell would have to work out. */
function plainValue(text: string): string | null {
  const single = /^'([^']*)'(?:\s*#.*)?$/.exec(text);
  if (single) return single[1]!;
  const double = /^"((?:[^"\\]|\\.)*)"(?:\s*#.*)?$/.exec(text);
  const bare = double ? double[1]! : text.replace(/\s+#.*$/, '');
  if (/[$`]/.test(bare.replaceAll(/\\./g, ''))) return null;
  if (!double && /\s/.test(bare)) return null;
  return bare.replaceAll(/\\(.)/g, '$1');
}
