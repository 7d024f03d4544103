import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { findProgram, findWebAbilities, openInBrowser } from '../../../electron/web/abilities.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();
let programs: string;
beforeEach(() => {
  programs = mkdtempSync(join(scratch, 'programs-'));
});

/** A program that writes its arguments, one per line, into a file beside it. */
function install(name: string, ending = ''): string {
  const path = join(programs, name);
  writeFileSync(
    path,
    `#!/bin/sh\nprintf '%s\\n' "$@" > '${path}.words.new'\nmv '${path}.words.new' '${path}.words'\n${ending}\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

const wordsOf = async (program: string): Promise<string[]> => {
  await vi.waitFor(() => expect(existsSync(`${program}.words`)).toBe(true), 5000);
  return readFileSync(`${program}.words`, 'utf8').trimEnd().split('\n');
};

const linux = (display = true) => ({
  platform: 'linux' as const,
  environment: { PATH: `relative:${programs}`, ...(display && { WAYLAND_DISPLAY: 'wayland-0' }) },
});

describe('findWebAbilities', () => {
  it('has only those whose programs are there', async () => {
    expect(await findWebAbilities('1.0.0', true, linux())).toEqual({ host: 'web', version: '1.0.0' });
    install('xdg-open');
    install('gio');
    expect(Object.keys(await findWebAbilities('1.0.0', true, linux())).sort()).toEqual([
      'host',
      'reveal',
      'trash',
      'version',
    ]);
    expect(Object.keys(await findWebAbilities('1.0.0', true, linux(false)))).not.toContain('reveal');
    expect(Object.keys(await findWebAbilities('1.0.0', false, linux()))).not.toContain('reveal');
    expect(Object.keys(await findWebAbilities('1.0.0', true, { ...linux(), platform: 'darwin' }))).toEqual([
      'host',
      'version',
    ]);
  });

  it('opens the folder of a file', async () => {
    const opener = install('xdg-open');
    const { reveal } = await findWebAbilities('1.0.0', true, linux());
    await reveal!('/images/$(touch x)/a b.qcow2');
    expect(await wordsOf(opener)).toEqual(['/images/$(touch x)']);
  });

  it('hands a file to the trash and waits for it', async () => {
    const gio = install('gio');
    const { trash } = await findWebAbilities('1.0.0', true, linux());
    await trash!('/images/a.qcow2');
    expect(readFileSync(`${gio}.words`, 'utf8')).toBe('trash\n--\n/images/a.qcow2\n');
  });

  it('says why a file could not be put into the trash', async () => {
    install('gio', 'echo "gio: no trash on this drive" >&2; echo more >&2; exit 1');
    const { trash } = await findWebAbilities('1.0.0', true, linux());
    await expect(trash!('/images/a.qcow2')).rejects.toMatchObject({
      code: 'io.failed',
      details: { path: '/images/a.qcow2', reason: 'gio: no trash on this drive' },
    });
    install('gio', 'exit 3');
    await expect(trash!('/images/a.qcow2')).rejects.toMatchObject({ details: { reason: 'exit code 3' } });
  });
});

describe('openInBrowser', () => {
  it('hands the address to the program for it, when there is one', async () => {
    expect(await openInBrowser('http://127.0.0.1:1/', linux())).toBe(false);
    const opener = install('xdg-open');
    expect(await openInBrowser('http://127.0.0.1:1/', linux())).toBe(true);
    expect(await wordsOf(opener)).toEqual(['http://127.0.0.1:1/']);
  });
});

describe('findProgram', () => {
  it('takes executable files in absolute folders of PATH only', async () => {
    mkdirSync(join(programs, 'deep'));
    writeFileSync(join(programs, 'plain'), '');
    const own = install('own');
    expect(await findProgram('own', linux())).toBe(own);
    expect(await findProgram('plain', linux())).toBeNull();
    expect(await findProgram('missing', linux())).toBeNull();
    expect(await findProgram('own', { platform: 'linux', environment: {} })).toBeNull();
  });
});
