import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import type { FileSystemReader } from '#engine/guests/filesystems/driver.ts';
import { readDistribution } from '#engine/guests/os-release.ts';
import { Failure } from '#shared/failure.ts';

/** A root with these files. */
function rootWith(files: Readonly<Record<string, string>>): FileSystemReader {
  return {
    label: null,
    uuid: null,
    facts: [],
    warnings: [],
    find: (path) =>
      path in files
        ? {
            path,
            kind: 'file',
            sizeBytes: files[path]!.length,
            modifiedAt: null,
            mode: null,
            target: null,
            refusal: null,
          }
        : null,
    list: () => [],
    open(path) {
      if (files[path] === 'damaged')
        throw new Failure('image.unsupported', { format: 'ext4', feature: 'this' });
      return new MemorySource(Buffer.from(files[path]!));
    },
    close() {},
  };
}

describe('os-release', () => {
  it.each([
    ['ID=ubuntu\nVERSION_ID="24.04"\n', { id: 'ubuntu', version: '24.04' }],
    ["NAME=x\nID='Debian'\n", { id: 'debian', version: null }],
    ['ID=arch', { id: 'arch', version: null }],
    ['VERSION_ID=1\n', null],
    ['ID=$(reboot)\n', null],
    ['', null],
  ])('%j', (text, expected) => {
    expect(readDistribution(rootWith({ 'etc/os-release': text }))).toEqual(expected);
  });

  it('is looked for in both places, and nothing where it cannot be read', () => {
    expect(readDistribution(rootWith({ 'usr/lib/os-release': 'ID=fedora' }))).toEqual({
      id: 'fedora',
      version: null,
    });
    expect(readDistribution(rootWith({ 'etc/os-release': 'damaged' }))).toBeNull();
    expect(readDistribution(rootWith({}))).toBeNull();
  });
});
