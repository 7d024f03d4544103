// What the benchmark understands of its command line.
import { describe, expect, it } from 'vitest';
import { rows, targets } from './rows.ts';
import { parseSelection, selectRows, usage } from './selection.ts';

const idsOf = (...names: readonly string[]): string[] => selectRows(names).map(({ id }) => id);

describe('the rows', () => {
  it('have one name each and a goal', () => {
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    expect(rows.every(({ goal }) => goal >= 1)).toBe(true);
  });

  it('go between all formats that keep data as it is', () => {
    expect(rows.filter(({ group }) => group === 'plain')).toHaveLength(6 * 5);
  });

  it('are compared in each target with more than one option set, or the only one there is', () => {
    for (const { optionSets } of Object.values(targets)) expect(optionSets.length).toBeGreaterThan(1);
  });
});

describe('selectRows', () => {
  it('takes names, typed arrows, patterns and groups, in the order of the table', () => {
    expect(idsOf('raw→vmdk')).toEqual(['raw→vmdk']);
    expect(idsOf('vmdk->qcow2')).toEqual(['vmdk→qcow2']);
    expect(idsOf('hash:*', 'vmdk->*')).toEqual([
      'vmdk→qcow2',
      'vmdk→raw',
      'hash:raw',
      'hash:qcow2',
      'hash:vdi',
      'hash:vhd',
      'hash:vhdx',
      'hash:vmdk-sparse',
      'hash:qcow2-zlib',
      'hash:qcow2-zstd',
      'hash:vmdk',
      'hash:ova',
    ]);
    expect(idsOf('unchanged')).toEqual([
      'qcow2-zlib→qcow2-zlib again',
      'qcow2-zstd→qcow2-zstd again',
      'qcow2→as-is',
    ]);
    expect(idsOf('tables')).toEqual(['check:huge', 'map:huge', 'info:huge']);
    expect(idsOf()).toHaveLength(rows.length);
    expect(idsOf('raw→qcow2', 'raw→*')).toEqual(idsOf('raw→*'));
  });

  it('refuses a name that means none', () => {
    expect(() => selectRows(['ova→iso'])).toThrow(/no row ova→iso; there are ova→qcow2/);
    expect(() => selectRows(['.*'])).toThrow(/no row/);
  });
});

describe('parseSelection', () => {
  it('has the defaults that the goals are stated for', () => {
    expect(parseSelection([])).toMatchObject({ gib: 4, pairs: 7, workers: [null], verified: false });
  });

  it('reads all options', () => {
    const words = ['--gib', '0.5', '--pairs', '3', '--workers', '1,2,4', '--verified', '--json', 'x.json'];
    expect(parseSelection(words)).toMatchObject({
      gib: 0.5,
      pairs: 3,
      workers: [1, 2, 4],
      verified: true,
      json: 'x.json',
    });
    expect(parseSelection(['--help'])).toBe('help');
    expect(parseSelection(['--list'])).toBe('list');
    expect(usage).toContain('--workers');
  });

  it.each([
    ['--gib', '0'],
    ['--gib', '1e9'],
    ['--pairs', '1.5'],
    ['--workers', '1,x'],
    ['--workers', ''],
    ['--only', 'nothing'],
    ['--unknown', 'x'],
  ])('refuses %s %s', (...words) => {
    expect(() => parseSelection(words)).toThrow();
  });
});
