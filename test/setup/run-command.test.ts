// Tests that running an outside program ends in its output, or in an error that says what happened.
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { describe, expect, it, vi } from 'vitest';

import { runCommand, runVisibly } from './run-command.ts';

const node = process.execPath;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // Ended, but not yet waited for by its new parent.
  return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
}

describe('runCommand', () => {
  it('returns what was written', async () => {
    const script = "process.stdout.write('out'); process.stderr.write('err')";
    const output = await runCommand(node, ['-e', script], { timeoutMs: 30_000 });
    expect([...output].sort().join('')).toBe([...'outerr'].sort().join(''));
  });

  it('says the exit code and the end of the output', async () => {
    const script = "console.error('the reason'); process.exit(3)";
    await expect(runCommand(node, ['-e', script], { timeoutMs: 30_000 })).rejects.toThrow(
      /ended with exit code 3\nthe reason$/,
    );
  });

  it('says when a program is not there', async () => {
    await expect(runCommand('no-such-program', [], { timeoutMs: 1000 })).rejects.toThrow(
      /no-such-program could not be started: .*ENOENT/,
    );
  });

  it.runIf(process.platform === 'linux')('ends a hanging program with its children', async () => {
    const script = `
      const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      console.log('child ' + child.pid);
      setInterval(() => {}, 1000);
    `;
    const error: unknown = await runCommand(node, ['-e', script], { timeoutMs: 4000 }).catch(
      (e: unknown) => e,
    );
    expect(String(error)).toContain('was ended after 4 s');
    const pid = Number(/^child (\d+)$/m.exec(String(error))?.[1]);
    expect(pid).toBeGreaterThan(0);
    for (let tries = 0; tries < 50 && isAlive(pid); tries++) await delay(100);
    expect(isAlive(pid)).toBe(false);
  });
});

describe('runVisibly', () => {
  it('answers null for success and how it ended for failure', async () => {
    expect(await runVisibly(node, ['-e', ''], { timeoutMs: 30_000 })).toBeNull();
    expect(await runVisibly(node, ['-e', 'process.exit(7)'], { timeoutMs: 30_000 })).toBe(
      'ended with exit code 7',
    );
    expect(await runVisibly('no-such-program', [], { timeoutMs: 1000 })).toContain('could not be started');
  });

  it('labels each line where programs run side by side', async () => {
    const written: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    const script = "process.stdout.write('one'); setTimeout(() => process.stdout.write(' more\\ntwo'), 100)";
    expect(await runVisibly(node, ['-e', script], { timeoutMs: 30_000, label: 'lint' })).toBeNull();
    expect(written).toEqual(['lint │ one more\n', 'lint │ two\n']);
  });
});
