import { describe, expect, it } from 'vitest';
import { isLitter, nameRefusal, normaliseName } from '#engine/archives/member-name.ts';

describe('nameRefusal', () => {
  it.each([
    'disk.vmdk',
    './disk.vmdk',
    'a/b/c d (1).vmdk',
    '..disk',
    'disk..',
    'a..b/c',
    'vm:disk.vmdk',
    'ümlaut',
  ])('lets %j through', (name) => expect(nameRefusal(name)).toBeNull());

  it.each([
    ['', 'it is empty'],
    ['/etc/passwd', 'it is absolute'],
    ['\\\\server\\share', 'it is absolute'],
    ['C:\\disk.vmdk', 'it is absolute'],
    ['c:disk.vmdk', 'it is absolute'],
    ['../disk.vmdk', 'it climbs out of the package'],
    ['a/../../b', 'it climbs out of the package'],
    ['a\\..\\b', 'it climbs out of the package'],
    ['..', 'it climbs out of the package'],
    ['https://example.org/disk.vmdk', 'it is a URL'],
    ['file:///etc/passwd', 'it is a URL'],
    ['a\0b', 'it holds a NUL character'],
    ['x'.repeat(5000), 'it is longer than 4096 characters'],
  ])('refuses %j', (name, reason) => expect(nameRefusal(name)).toBe(reason));
});

describe('normaliseName', () => {
  it.each([
    ['./a.ovf', 'a.ovf'],
    ['a/./b', 'a/b'],
    ['a//b', 'a/b'],
    ['a/b/', 'a/b'],
    ['/a', '/a'],
    ['a', 'a'],
  ])('%j is %j', (name, normal) => expect(normaliseName(name)).toBe(normal));
});

describe('isLitter', () => {
  it.each(['._a.ovf', 'x/._disk.vmdk', '__MACOSX/a', '.DS_Store', 'PaxHeaders.1234/a.ovf', 'PaxHeader/a'])(
    '%s is litter',
    (name) => expect(isLitter(name)).toBe(true),
  );
  it.each(['a.ovf', 'pax.ovf', 'x._y', 'PaxHeadersOfMine/a'])('%s is not', (name) => {
    expect(isLitter(name)).toBe(false);
  });
});
