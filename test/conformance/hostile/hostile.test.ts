/** Hostile files end in the Failure that their rule names: quickly, within bounds of memory, with nothing read outside. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { scratchFolder } from '../../electron/engine/scratch.ts';
import { describeWith } from '../../setup/tools.ts';
import { hostileFiles } from './files.ts';

const subject = fileURLToPath(new URL('./subject.ts', import.meta.url));
const mostBytes = 512 << 20;

interface Answer {
  readonly outcome: string;
  readonly mostBytes: number;
}

/** A process of its own, so that its memory is its own and a hang can be ended. */
function open(path: string, ...allowed: readonly string[]): Answer {
  const child = spawnSync(process.execPath, [subject, path, ...allowed], {
    timeout: 60_000,
    encoding: 'utf8',
  });
  expect(child.signal, child.stderr).toBeNull();
  expect(child.status, child.stderr).toBe(0);
  return JSON.parse(child.stdout) as Answer;
}

describeWith('qemu-img', 'hostile files', () => {
  const root = scratchFolder();

  it.each(hostileFiles.map((file, number) => ({ ...file, number })))(
    '$name',
    ({ expected, make, number }) => {
      const folder = join(root, String(number), 'images');
      mkdirSync(folder, { recursive: true });
      const answer = open(make(folder));
      if (expected === null) expect(answer.outcome).not.toBe('internal');
      else expect(answer.outcome).toBe(expected);
      expect(answer.mostBytes).toBeLessThan(mostBytes);
    },
  );

  it('are opened once the person has allowed that very file', () => {
    const climbing = hostileFiles.find(({ name }) => name.includes('../secret.txt'))!;
    const folder = join(root, 'allowed', 'images');
    mkdirSync(folder, { recursive: true });
    const path = climbing.make(folder);
    expect(open(path, join(root, 'allowed', 'other.txt')).outcome).toBe('reference.denied');
    expect(open(path, join(root, 'allowed', 'secret.txt')).outcome).toMatch(/^[0-9a-f]{64}$/);
  });
});
