import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderGate } from '#engine/disks/gate.ts';
import type { Failure } from '#shared/failure.ts';
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

  it('tells which file a person may allow, and opens just that one then', () => {
    const secret = join(folder, 'secret');
    const refused = (name: string): unknown => {
      try {
        return open(name);
      } catch (error) {
        return (error as Failure<'reference.denied'>).details.path;
      }
    };
    for (const name of [secret, '../secret', 'sub/../../secret', 'up/secret', 'leak.raw']) {
      const path = refused(name);
      // Where a link leads is told by the link itself.
      expect(path).toBe(/^(up|leak)/.test(name) ? join(images, name) : secret);
      const allowing = folderGate(join(images, 'top.qcow2'), [path as string]);
      const source = allowing.openReference({ name, format: null });
      expect(source.sizeBytes).toBe(6);
      source.close();
      expect(() => allowing.openReference({ name: '/etc/passwd', format: null })).toThrow('reference.denied');
    }
    for (const name of ['json:{"driver":"raw"}', 'pipe', '', 'a\0b']) expect(refused(name)).toBeUndefined();
    const pipes = folderGate(join(folder, 'other/top.qcow2'), [join(images, 'pipe'), images]);
    for (const name of [join(images, 'pipe'), images]) {
      expect(() => pipes.openReference({ name, format: null })).toThrow('reference.denied');
    }
  });

  it('gives what is opened a gate for its own folder, with what is allowed', () => {
    writeFileSync(join(images, 'sub', 'neighbour.raw'), 'near');
    const allowing = folderGate(join(images, 'top.qcow2'), [join(folder, 'secret')]);
    const deep = allowing.openReference({ name: 'sub/deep.raw', format: null });
    const inner = allowing.contextOf!(deep);
    deep.close();
    inner.openReference({ name: 'neighbour.raw', format: null }).close();
    inner.openReference({ name: '../../secret', format: null }).close();
    expect(() => inner.openReference({ name: '../base.raw', format: null })).toThrow('reference.denied');
  });

  it('opens stand-ins for names that are given later, and only for these names', () => {
    const standIns = { 'disk-f001.vmdk': join(images, 'base.raw') };
    const standing = folderGate(join(images, 'disk.vmdk'), [], standIns);
    standing.openReference({ name: 'disk-f001.vmdk', format: null }).close();
    expect(() => standing.openReference({ name: 'disk-f002.vmdk', format: null })).toThrow(
      'image.parent-missing',
    );
    expect(() => standing.openReference({ name: 'toString', format: null })).toThrow('image.parent-missing');
  });

  it('looks through the folder for a file, not through links, pipes or itself', () => {
    writeFileSync(join(images, 'top.qcow2'), 'base');
    const seen: string[] = [];
    const name = gate.findBeside!((file) => {
      seen.push(file.path);
      const bytes = new Uint8Array(file.sizeBytes);
      file.read(0, bytes);
      return new TextDecoder().decode(bytes) === 'base';
    });
    expect(name).toBe('base.raw');
    expect(seen).toEqual([join(images, 'base.raw')]);
    const all: string[] = [];
    expect(gate.findBeside!((file) => all.push(file.path) === 0)).toBeNull();
    expect(all).toEqual([join(images, 'base.raw')]);
    expect(() => folderGate(join(folder, 'nowhere/x')).findBeside!(() => true)).toThrow('io.not-found');
  });
});
