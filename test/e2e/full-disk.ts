/** A small disk that fills up: a tmpfs of its own size. Needs root, as mounting does. */
import { mkdirSync } from 'node:fs';

import { runCommand } from '../setup/run-command.ts';
import { isContinuousIntegration } from '../setup/tool-paths.ts';
import { test } from './app.ts';

const timeoutMs = 10_000;

export interface SmallDisk {
  readonly folder: string;
  unmount(): Promise<void>;
}

/** Mounts one; where that is not allowed, the test is skipped with a line, and fails on CI. */
export async function mountTmpfs(folder: string, sizeBytes: number): Promise<SmallDisk> {
  mkdirSync(folder, { recursive: true });
  try {
    await runCommand('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', folder], { timeoutMs });
  } catch (error) {
    if (isContinuousIntegration()) throw error;
    process.stderr.write('skipped: a small disk can only be mounted by root\n');
    test.skip(true, 'a small disk can only be mounted by root');
  }
  return {
    folder,
    // Lazily, since a program that still looks into it would keep it.
    unmount: async () => void (await runCommand('umount', ['-l', folder], { timeoutMs })),
  };
}
