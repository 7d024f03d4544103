import { describe, expect, it } from 'vitest';
import {
  absoluteConversion,
  absoluteExtraction,
  absoluteJob,
  absolutePath,
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
      workers: 2,
    };
    expect(absoluteConversion(request)).toStrictEqual({
      source: { path: '/a/b.ova' },
      outputPath: '/c.raw',
      target: { format: 'raw' },
      workers: 2,
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
