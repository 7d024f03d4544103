/** Scripts that join the parts of files again: for a POSIX shell, and for the command prompt of Windows. */
import { basename } from 'node:path';
import type { PreparedFile, PreparedText } from '#shared/domain/preparation.ts';

type SplitFile = Pick<PreparedFile, 'path' | 'sha256' | 'parts'>;

/** What the shell's script is called. */
export const joinScriptName = (name: string): string => `${name}.join.sh`;
/** What the script for Windows is called. */
export const joinBatchName = (name: string): string => `${name}.join.cmd`;

/** Both, also where no file was split: who runs them need not know. The parts stay. */
export function joinScripts(name: string, files: readonly SplitFile[]): readonly PreparedText[] {
  const split = files.filter(({ parts }) => parts !== undefined);
  return [
    { fileName: joinScriptName(name), text: shellScript(split) },
    { fileName: joinBatchName(name), text: batchScript(split) },
  ];
}

/** The whole gets its name when its digest is the right one (POSIX.1-2017, Shell Command Language, 2.2.2 for the quotes). */
function shellScript(files: readonly SplitFile[]): string {
  const quoted = (path: string): string => `'./${basename(path).replaceAll("'", String.raw`'\''`)}'`;
  const joins = files.map(({ path, sha256, parts = [] }) =>
    [
      `cat ${parts.map((part) => quoted(part.path)).join(' ')} > ${quoted(`${path}.joining`)}`,
      `[ "$(digest < ${quoted(`${path}.joining`)})" = ${sha256} ] || { echo ${quoted(path)}': a part is damaged' >&2; exit 1; }`,
      `mv -f ${quoted(`${path}.joining`)} ${quoted(path)}`,
    ].join('\n'),
  );
  const head = [
    '#!/bin/sh',
    '# Joins the parts beside this script to whole files again, and checks them.',
    'set -eu',
    'cd -- "$(dirname -- "$0")"',
    'digest() { { sha256sum 2>/dev/null || shasum -a 256; } | cut -d " " -f 1; }',
  ].join('\n');
  return `${[head, ...joins].join('\n\n')}\n`;
}

/**
 * In a batch file, `%` is written twice; names on Windows have no quotes. Names are UTF-8, which is code page 65001. What
 * `certutil` prints has the digest on a line of its own.
 */
function batchScript(files: readonly SplitFile[]): string {
  const quoted = (path: string): string => `"${basename(path).replaceAll('%', '%%')}"`;
  const joins = files.flatMap(({ path, sha256, parts = [] }) => {
    const whole = quoted(`${path}.joining`);
    return [
      ...parts.map((part, index) => {
        const from = index === 0 ? quoted(part.path) : `${whole}+${quoted(part.path)}`;
        return `copy /y /b ${from} ${whole} || exit /b 1`;
      }),
      `certutil -hashfile ${whole} SHA256 | findstr /i ${sha256} >nul || (echo ${quoted(path)}: a part is damaged& exit /b 1)`,
      `move /y ${whole} ${quoted(path)} || exit /b 1`,
    ];
  });
  return ['@echo off', 'chcp 65001 >nul', 'cd /d "%~dp0"', ...joins, ''].join('\r\n');
}
