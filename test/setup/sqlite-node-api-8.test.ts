// Tests that the change to better-sqlite3's source fits the installed source, and fails loudly where it does not.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { needsOwnSqliteBinding } from './sqlite-binding.ts';
import { applyEdit, applyEdits, nodeApi8Edits } from './sqlite-node-api-8.ts';

const installed = dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json'));

describe('applyEdit', () => {
  const edit = { file: 'a.cpp', find: 'old', replacement: 'new', occurrences: 2 };

  it('replaces every occurrence', () => {
    expect(applyEdit('old, old.', edit)).toBe('new, new.');
  });

  it.each([
    ['none', 'nothing here', 0],
    ['too few', 'old', 1],
    ['too many', 'old old old', 3],
  ])('refuses a text with %s', (_, text, found) => {
    expect(() => applyEdit(text, edit)).toThrow(`a.cpp: expected 2 × "old", found ${found}`);
  });

  it('takes the replacement as it is', () => {
    expect(applyEdit('old old', { ...edit, replacement: '$& $1' })).toBe('$& $1 $& $1');
  });
});

describe('the edits for Node-API 8', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'platter-edits-'));
    for (const file of ['src', 'binding.gyp']) {
      cpSync(join(installed, file), join(folder, file), { recursive: true });
    }
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('fit the installed source and leave no reference to a string', async () => {
    await applyEdits(folder, nodeApi8Edits);
    for (const { file } of nodeApi8Edits) {
      const text = readFileSync(join(folder, file), 'utf8');
      expect(text).not.toContain('Napi::Reference<Napi::String>');
      expect(text).not.toContain('NAPI_VERSION=10');
    }
  });

  it('do not fit a source that has them already', async () => {
    await applyEdits(folder, nodeApi8Edits);
    await expect(applyEdits(folder, nodeApi8Edits)).rejects.toThrow('src/util/helpers.cpp: expected 1 ×');
  });

  it('do not fit a source that reads otherwise', async () => {
    const path = join(folder, 'src/util/bind-map.cpp');
    writeFileSync(path, readFileSync(path, 'utf8').replace('pair->name.Value()', 'pair->GetName()'));
    await expect(applyEdits(folder, nodeApi8Edits)).rejects.toThrow('src/util/bind-map.cpp: expected 1 ×');
  });
});

describe('needsOwnSqliteBinding', () => {
  it.each([
    ['25.1.1', true],
    ['35.9.0', true],
    ['36.0.0', false],
    ['45.4.1', false],
    ['100.0.0', false],
  ])('for Electron %s is %s', (version, expected) => {
    expect(needsOwnSqliteBinding(version)).toBe(expected);
  });

  it('refuses what is not a version', () => {
    expect(() => needsOwnSqliteBinding('latest')).toThrow('not an Electron version: latest');
  });
});
