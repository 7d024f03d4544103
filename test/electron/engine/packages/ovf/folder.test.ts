import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { FolderContainer } from '#engine/packages/ovf/folder.ts';
import { failureOf, readAll, RecordingSource } from '../../../../fixtures/packages/recording.ts';

let root: string;
let folder: string;
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'platter-folder-')));
  folder = join(root, 'package');
  mkdirSync(join(folder, 'sub'), { recursive: true });
  writeFileSync(join(folder, 'p.ovf'), 'descriptor');
  writeFileSync(join(folder, 'd.img'), 'disk');
  writeFileSync(join(folder, 'sub/e.img'), 'deep');
  for (const number of ['000000001', '000000000', '00000000x', '0000000000']) {
    writeFileSync(join(folder, `c.img.${number}`), number);
  }
  writeFileSync(join(root, 'secret'), 'secret');
  symlinkSync(join(root, 'secret'), join(folder, 'out.img'));
  symlinkSync('d.img', join(folder, 'in.img'));
  symlinkSync('nowhere', join(folder, 'dangling.img'));
  symlinkSync(root, join(folder, 'up'));
  if (process.platform !== 'win32') execFileSync('mkfifo', [join(folder, 'pipe')]);
});
afterAll(() => rmSync(root, { recursive: true }));

const container = (): FolderContainer => new FolderContainer(new FileSource(join(folder, 'p.ovf')), folder);

describe('FolderContainer', () => {
  it('finds and opens what lies beside the descriptor', () => {
    const files = container();
    expect(files.find('d.img')).toEqual({ name: 'd.img', sizeBytes: 4, refusal: null });
    expect(readAll(files.open('./sub/e.img')).toString()).toBe('deep');
    expect(readAll(files.open('in.img')).toString()).toBe('disk');
    expect(files.find('gone')).toBeNull();
    expect(files.find('d.img/deeper')).toBeNull();
    expect(failureOf(() => files.open('gone')).code).toBe('package.file-missing');
    expect(files.files).toBeNull();
  });

  it('keeps the descriptor in memory', () => {
    const source = new RecordingSource(Buffer.from('descriptor'), 'somewhere/x.ovf');
    const files = new FolderContainer(source, folder);
    expect(source.closed).toBe(1);
    expect(files.descriptorName).toBe('x.ovf');
    expect(files.find('x.ovf')).toMatchObject({ sizeBytes: 10 });
    expect(readAll(files.open('x.ovf')).toString()).toBe('descriptor');
  });

  it.each([
    ['out.img', "it is a link that leads out of the package's folder"],
    ['up/secret', "it is a link that leads out of the package's folder"],
    ['up/package/d.img', null],
    ['dangling.img', 'it is a link to nothing'],
    ['sub', 'it is not a regular file'],
    ['../secret', 'it climbs out of the package'],
    ['/etc/passwd', 'it is absolute'],
  ])('%s', (name, reason) => {
    const files = container();
    if (reason === null) {
      expect(readAll(files.open(name)).toString()).toBe('disk');
      return;
    }
    expect(files.find(name)?.refusal).toBe(reason);
    expect(failureOf(() => files.open(name))).toMatchObject({
      code: 'package.unsafe-name',
      details: { name, reason },
    });
  });

  it.skipIf(process.platform === 'win32')('does not wait for a FIFO', () => {
    expect(container().find('pipe')?.refusal).toBe('it is not a regular file');
    expect(failureOf(() => container().open('pipe')).code).toBe('package.unsafe-name');
  });

  it('lists chunks in their order', () => {
    expect(container().chunksOf('c.img')).toEqual(['c.img.000000000', 'c.img.000000001']);
    expect(container().chunksOf('sub/c.img')).toEqual([]);
    expect(container().chunksOf('nowhere/c.img')).toEqual([]);
    expect(container().chunksOf('../package/c.img')).toEqual([]);
  });

  it('has nothing but the descriptor without a folder', () => {
    const files = new FolderContainer(new MemorySource(Buffer.from('x'), 'in/an.iso:p.ovf'), null);
    expect(files.find('an.iso:p.ovf')).toMatchObject({ sizeBytes: 1 });
    expect(files.find('d.img')).toBeNull();
    expect(files.chunksOf('c.img')).toEqual([]);
  });

  it('refuses a descriptor that is too large to be one', () => {
    const source = new RecordingSource(new Uint8Array(5 << 20), 'x.ovf');
    expect(failureOf(() => new FolderContainer(source, folder)).code).toBe('package.malformed');
    expect([source.closed, source.reads.length]).toEqual([1, 0]);
  });
});
