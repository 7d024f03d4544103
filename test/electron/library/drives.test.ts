import { existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isDistant, sysfsNameOf } from '../../../electron/library/drives.ts';

describe('isDistant', () => {
  it('is not so for the folder of temporary files, nor for what is not there', async () => {
    const known = new Map<string, boolean>();
    expect(await isDistant(join(tmpdir(), 'a.raw'), known)).toBe(false);
    expect(await isDistant('/nowhere/at/all/a.raw', known)).toBe(false);
    expect([...known.keys()]).toEqual([tmpdir(), '/nowhere/at/all']);
  });

  it('remembers what it was told of a folder', async () => {
    expect(await isDistant('/mnt/usb/a.raw', new Map([['/mnt/usb', true]]))).toBe(true);
  });
});

describe('sysfsNameOf', () => {
  it('takes a device number apart as makedev() puts it together', () => {
    expect(sysfsNameOf(0x801)).toBe('8:1');
    expect(sysfsNameOf(0x10301)).toBe('259:1'.replace('259', String(0x103)));
    // 0x12345 as the minor number: its upper bits stand above the major one's.
    expect(sysfsNameOf(0x12300845)).toBe('8:74565');
  });

  it.runIf(process.platform === 'linux' && existsSync('/dev/null'))('agrees with the system', () => {
    expect(sysfsNameOf(statSync('/dev/null').rdev)).toBe('1:3');
  });
});
