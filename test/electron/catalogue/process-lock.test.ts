import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { takeProcessLock } from '../../../electron/catalogue/process-lock.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();
const newFolder = (): string => mkdtempSync(join(scratch, 'locks-'));
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Another process that holds a lock, and says which. */
async function startOwner(folder: string): Promise<{ id: string; child: ChildProcess }> {
  const module = fileURLToPath(new URL('../../../electron/catalogue/process-lock.ts', import.meta.url));
  const script = `
    const { takeProcessLock } = await import(${JSON.stringify(module)});
    process.stdout.write(takeProcessLock(${JSON.stringify(folder)}).id);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [id] = (await once(child.stdout!, 'data')) as [Buffer];
  return { id: id.toString(), child };
}

describe('takeProcessLock', () => {
  it('is alive until it is released', () => {
    const folder = newFolder();
    const [one, other] = [takeProcessLock(folder), takeProcessLock(folder)];
    expect(one.id).not.toBe(other.id);
    expect(one.isAlive(one.id)).toBe(true);
    expect(one.isAlive(other.id)).toBe(true);
    other.release();
    expect(one.isAlive(other.id)).toBe(false);
    // Looking at another lock must not have let go of our own.
    const third = takeProcessLock(folder);
    expect(third.isAlive(one.id)).toBe(true);
    third.release();
    one.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('sees another process live, and die without a word', async () => {
    const folder = newFolder();
    const own = takeProcessLock(folder);
    const { id, child } = await startOwner(folder);
    expect(id).toMatch(new RegExp(`^${child.pid}-[0-9a-f]{16}$`));
    expect(own.isAlive(id)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(own.isAlive(id)).toBe(false);
    expect(existsSync(join(folder, `${id}.lock`))).toBe(false);
    own.release();
  });

  it('takes no name for a lock that is not one', () => {
    const folder = newFolder();
    const own = takeProcessLock(folder);
    writeFileSync(join(scratch, 'precious.lock'), 'precious');
    for (const id of ['../precious', '', 'x', '1-0123456789abcdef/../../precious']) {
      expect(own.isAlive(id)).toBe(false);
    }
    expect(existsSync(join(scratch, 'precious.lock'))).toBe(true);
    own.release();
  });

  it('leaves a process alone of which it cannot tell', () => {
    const folder = newFolder();
    const own = takeProcessLock(folder);
    const id = '7-0123456789abcdef';
    writeFileSync(join(folder, `${id}.lock`), 'no database at all, but long enough to be one '.repeat(20));
    expect(own.isAlive(id)).toBe(true);
    own.release();
  });
});
