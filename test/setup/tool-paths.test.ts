// Tests of finding outside programs, and of saying which one is missing.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import {
  debianPackageOf,
  describeMissing,
  isContinuousIntegration,
  needsTool,
  toolPath,
  type ToolName,
} from './tool-paths.ts';

const absent = 'platter-no-such-tool' as ToolName;

describe('toolPath', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'platter-tools-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('finds an executable in PATH', () => {
    writeFileSync(join(folder, absent), '#!/bin/sh\n');
    chmodSync(join(folder, absent), 0o755);
    expect(toolPath(absent, { PATH: `/nowhere:${folder}` })).toBe(join(folder, absent));
  });

  it('passes over folders and files that are not executable', () => {
    mkdirSync(join(folder, 'a', absent), { recursive: true });
    mkdirSync(join(folder, 'b'));
    writeFileSync(join(folder, 'b', absent), '');
    chmodSync(join(folder, 'b', absent), 0o644);
    expect(toolPath(absent, { PATH: `${folder}/a:${folder}/b` })).toBeNull();
  });
});

describe('describeMissing', () => {
  it('names the program and the package', () => {
    const env = { PATH: '' };
    const missing = describeMissing(['qemu-img', 'xorriso'], env);
    expect(missing).toBe('needs qemu-img (Debian package qemu-utils), xorriso (Debian package xorriso)');
  });

  it('is null when all are there', () => {
    expect(describeMissing([])).toBeNull();
  });
});

describe('needsTool', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it('says once what is missing, and answers no', () => {
    vi.stubEnv('CI', '');
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(needsTool(absent)).toBe(false);
    expect(needsTool(absent)).toBe(false);
    expect(write.mock.calls.flat().filter((text) => String(text).includes(absent))).toHaveLength(1);
  });

  it('throws on CI, where nothing may be skipped', () => {
    vi.stubEnv('CI', 'true');
    expect(() => needsTool(absent)).toThrow(`needs ${absent}`);
  });
});

describe('isContinuousIntegration', () => {
  it.each([
    [{ CI: 'true' }, true],
    [{ CI: '1' }, true],
    [{ CI: 'false' }, false],
    [{ CI: '' }, false],
    [{}, false],
  ])('with %j is %s', (env, expected) => {
    expect(isContinuousIntegration(env)).toBe(expected);
  });
});

describe('apt-packages.txt', () => {
  const listed = readFileSync(new URL('apt-packages.txt', import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter(Boolean);

  it('has every package that a tool comes from', () => {
    expect(listed).toEqual(expect.arrayContaining([...new Set(Object.values(debianPackageOf))]));
  });

  it('has one well-formed name per line, each once', () => {
    expect(listed.filter((name) => !/^[a-z0-9][a-z0-9+.-]+$/.test(name))).toEqual([]);
    expect(new Set(listed).size).toBe(listed.length);
  });
});
