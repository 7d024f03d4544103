import { describe, expect, it } from 'vitest';
import {
  absoluteConversion,
  absoluteExtraction,
  absoluteJob,
  absolutePath,
  withAbsolutePaths,
} from '../../../electron/services/paths.ts';

describe('absolutePath', () => {
  it('spells a path in one way', () => {
    expect(absolutePath('/a//b/./c/../d')).toBe('/a/b/d');
  });

  it('refuses one that is not absolute', () => {
    for (const path of ['a', './a', '../a', '', '~/a'])
      expect(() => absolutePath(path)).toThrow('not absolute');
  });
});

describe('absoluteConversion', () => {
  it('checks both paths, and drops what is present but undefined', () => {
    const request = {
      source: { path: '/a/./b.ova', member: undefined },
      outputPath: '/out/../c.raw',
      target: { format: 'raw', variant: undefined },
      force: undefined,
      verify: false,
    };
    expect(absoluteConversion(request)).toStrictEqual({
      source: { path: '/a/b.ova' },
      outputPath: '/c.raw',
      target: { format: 'raw' },
      verify: false,
    });
    expect(() => absoluteConversion({ ...request, outputPath: 'c.raw' })).toThrow('not absolute');
    expect(() => absoluteConversion({ ...request, source: { path: 'b.ova' } })).toThrow('not absolute');
  });
});

describe('absoluteExtraction', () => {
  it('checks both paths', () => {
    const request = { packagePath: '/a/../b.ova', outputFolder: '/out/./', disks: [] };
    expect(absoluteExtraction(request)).toEqual({ packagePath: '/b.ova', outputFolder: '/out', disks: [] });
    expect(() => absoluteExtraction({ ...request, packagePath: 'b.ova' })).toThrow('not absolute');
    expect(() => absoluteExtraction({ ...request, outputFolder: 'out' })).toThrow('not absolute');
  });
});

describe('absoluteJob', () => {
  it('checks the path of each kind', () => {
    expect(absoluteJob({ kind: 'hash', request: { path: '/a/./b' } })).toEqual({
      kind: 'hash',
      request: { path: '/a/b' },
    });
    expect(() => absoluteJob({ kind: 'hash', request: { path: 'b' } })).toThrow('not absolute');
    expect(() => absoluteJob({ kind: 'verify-package', request: { packagePath: 'b' } })).toThrow(
      'not absolute',
    );
  });
});

describe('withAbsolutePaths', () => {
  it('finds every path, wherever it stands', () => {
    const request = {
      source: { path: '/i//a', allowed: ['/x/../y', '/z/'], snapshot: 'path', member: './in/../side' },
      target: { format: 'qcow2', backing: { path: '/b/./c', allowed: ['/d/'] } },
      inputs: [{ path: '/e/' }],
      outputFolder: '/out/',
    };
    expect(withAbsolutePaths(request)).toEqual({
      source: { path: '/i/a', allowed: ['/y', '/z'], snapshot: 'path', member: './in/../side' },
      target: { format: 'qcow2', backing: { path: '/b/c', allowed: ['/d'] } },
      inputs: [{ path: '/e' }],
      outputFolder: '/out',
    });
  });

  it('refuses a relative one, also among those that are allowed', () => {
    for (const wrong of [
      { source: { path: '/a', allowed: ['b'] } },
      { target: { backing: { path: 'b' } } },
      { inputs: [{ path: '/a' }, { path: '../b' }] },
    ]) {
      expect(() => withAbsolutePaths(wrong)).toThrow('not absolute');
    }
  });

  it('leaves alone what a driver or a builder declares, and the paths inside a medium', () => {
    const request = {
      paths: ['boot/../x', 'y/'],
      options: { path: 'b/../c' },
      fields: { path: './x', outputPath: 'y' },
    };
    expect(withAbsolutePaths(request)).toEqual(request);
  });
});
