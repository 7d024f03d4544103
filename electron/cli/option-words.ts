/** Options that several commands have, in the same words. */
import type { Command } from 'commander';

export const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

export const json = ['--json', 'one JSON object on stdout and nothing else'] as const;
export const force = ['--force', 'replace an existing output'] as const;
export const backingFormat = ['--backing-format <format>', 'take the backing image for this format'] as const;
export const noSync = [
  '--no-sync',
  'leave bringing the output to the disk to the system, as qemu-img does',
] as const;
export const size = ['--size <size>', 'the virtual size of the output, e.g. 20G'] as const;
export const wrap = ['--wrap <wrapper>', 'compress the whole file: gzip, xz, zstd, …'] as const;
export const noVerify = ['--no-verify', 'do not read the output back'] as const;

/** What can be said of a file that is read. */
export function withSource(command: Command): Command {
  return command
    .option('--from <format>', 'take the source for this format instead of asking its content')
    .option('--snapshot <id>', 'read this internal snapshot, by id or name, as the disk')
    .option('--passphrase-file <file>', 'the first line of this file opens an encrypted image')
    .option('--allow <path>', 'a file elsewhere that the image may name; may be repeated', collect);
}

/** What a command may take of the machine. */
export function withLimits(command: Command): Command {
  return command
    .option('--limit <speed>', 'bytes of work a second, e.g. 50M')
    .option('--workers <n>', 'compute threads (default: one per core)')
    .option('--low-priority', 'yield to everything else on the machine');
}
