import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderGate } from '#engine/disks/gate.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const images = join(folder, 'images');
mkdirSync(join(images, 'sub'), { recursive: true });
writeFileSync(join(images, 'base.raw'), 'base');
writeFileSync(join(images, 'sub', 'deep.raw'), 'deep');
writeFileSync(join(folder, 'secret'), 'secret');
symlinkSync(join(folder, 'secret'), join(images, 'leak.raw'));
symlinkSync('base.raw', join(images, 'alias.raw'));
symlinkSync(folder, join(images, 'up'));
execFileSync('mkfifo', [join(images, 'pipe')]);
const gate = folderGate(join(images, 'top.qcow2'));
const open = (name: string): string => {
  const source = gate.openReference({ name, format: null });
  const bytes = new Uint8Array(source.sizeBytes);
  source.read(0, bytes);
  source.close();
  return new TextDecoder().decode(bytes);
};

describe('folderGate', () => {
  it.each([
    ['base.raw', 'base'],
    ['./base.raw', 'base'],
    ['sub/deep.raw', 'deep'],
    ['sub/../base.raw', 'base'],
    ['alias.raw', 'base'],
  ])('opens %s', (name, content) => {
    expect(open(name)).toBe(content);
  });

  it.each([
    '/etc/passwd',
    '../secret',
    'sub/../../secret',
    'leak.raw',
    'up/secret',
    'json:{"driver":"raw"}',
    'nbd:localhost:10809',
    'https://example.org/x',
    'file:base.raw',
    'C:\\Windows\\win.ini',
    '\\\\server\\share\\x',
    '/dev/zero',
    'pipe',
    '.',
    '',
    'a\0b',
    'x'.repeat(5000),
  ])('refuses %s by name', (name) => {
    expect(() => open(name)).toThrow('reference.denied');
  });

  it('says when the file is not there', () => {
    expect(() => open('absent.raw')).toThrow('image.parent-missing');
  });
});
