import { describe, expect, it } from 'vitest';
import { MemorySource, readBytes } from '#engine/bytes/source.ts';
import { folderOf, PackageGate } from '#engine/packages/package-gate.ts';
import { Failure } from '#shared/failure.ts';
import { failureOf } from '../../../fixtures/packages/recording.ts';

const files: Readonly<Record<string, string>> = {
  'a.img': 'parent of b',
  'sub/b.img': 'b',
  'sub/c.img': 'c',
  readme: 'not a disk',
};
const gate = new PackageGate({
  path: 'p.ova',
  open(name) {
    if (name === 'sub/gone.img') throw new Failure('package.unsafe-name', { name, reason: 'it is a link' });
    const text = files[name];
    if (text === undefined) throw new Failure('package.file-missing', { file: name });
    return new MemorySource(Buffer.from(text), `p.ova:${name}`);
  },
  diskFiles: ['a.img', 'sub/gone.img', 'sub/b.img', 'sub/c.img'],
  statedParent: (name) => (name === 'sub/b.img' ? { name: 'a.img', format: 'vmdk' } : null),
});
const root = gate.contextIn('');

describe('names', () => {
  it('start at the folder of the file that gives them', () => {
    const b = root.openReference({ name: 'sub/b.img', format: null });
    const context = root.contextOf!(b);
    expect(context.openReference({ name: 'c.img', format: null }).path).toBe('p.ova:sub/c.img');
    expect(failureOf(() => context.openReference({ name: 'a.img', format: null }))).toMatchObject({
      code: 'image.parent-missing',
      details: { path: 'p.ova', reference: 'a.img' },
    });
  });

  it.each(['../a.img', '/a.img', 'http://x/a.img', 'C:\\a.img'])('%s is denied', (name) => {
    expect(failureOf(() => root.openReference({ name, format: null })).code).toBe('reference.denied');
  });

  it('what the package refuses is denied too', () => {
    expect(failureOf(() => root.openReference({ name: 'sub/gone.img', format: null }))).toMatchObject({
      code: 'reference.denied',
      details: { reason: 'it is a link' },
    });
  });
});

describe('a parent that the package states', () => {
  it('is a name from the root, for the file that it belongs to', () => {
    const b = root.openReference({ name: 'sub/b.img', format: null });
    const context = root.contextOf!(b);
    const parent = root.parentOf(b)!;
    expect(parent).toEqual({ name: 'a.img', format: 'vmdk' });
    expect(context.openReference(parent).path).toBe('p.ova:a.img');
    const a = context.openReference(parent);
    expect(root.parentOf(a)).toBeNull();
  });

  it('is none for what was opened elsewhere', () => {
    expect(root.parentOf(new MemorySource(new Uint8Array(1), 'p.ova:sub/b.img'))).toBeNull();
    const known = gate.remember('./sub/b.img', new MemorySource(new Uint8Array(1)));
    expect(root.parentOf(known)).toEqual({ name: 'a.img', format: 'vmdk' });
  });
});

it('looks for a file among the disks of its folder only', () => {
  const looked: string[] = [];
  const b = root.openReference({ name: 'sub/b.img', format: null });
  const found = root.contextOf!(b).findBeside!((file) => {
    looked.push(Buffer.from(readBytes(file, 0, 1)).toString());
    return file.path.endsWith('c.img');
  });
  expect([found, looked]).toEqual(['c.img', ['b', 'c']]);
  expect(root.findBeside!(() => false)).toBeNull();
});

it('folderOf keeps the slash', () => {
  expect([folderOf('a'), folderOf('a/b'), folderOf('a/b/c')]).toEqual(['', 'a/', 'a/b/']);
});
