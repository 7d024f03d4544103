/** The hand-over as a script: every command with what it does, run in the folder of the files. */
import type { HandOver } from '#shared/domain/preparation.ts';
import { inWords } from '#shared/text/in-words.ts';
import type { Cloud } from './cloud.ts';

/** A script for a POSIX shell; for Hyper-V, for PowerShell. */
export function handOverScript({ id, title }: Cloud, { commands }: HandOver): string {
  const isPowerShell = id === 'hyper-v';
  const head = isPowerShell
    ? ["$ErrorActionPreference = 'Stop'", 'Set-Location -LiteralPath $PSScriptRoot']
    : ['#!/bin/sh', 'set -eu', 'cd -- "$(dirname -- "$0")"'];
  const [first, ...rest] = head;
  const blocks = commands.map(
    ({ title: words, command }) => `# ${inWords(words).replaceAll(/\s+/g, ' ')}.\n${command}`,
  );
  return [
    [first, `# ${title}: what to run with the files beside this one.`, ...rest].join('\n'),
    ...blocks,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}
