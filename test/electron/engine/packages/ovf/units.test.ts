import { describe, expect, it } from 'vitest';
import { bytesPerUnit, quantityInBytes } from '#engine/packages/ovf/units.ts';

describe('bytesPerUnit', () => {
  it.each([
    ['byte', 1],
    ['', 1],
    ['byte * 2^10', 1024],
    ['byte * 2^20', 1 << 20],
    ['byte*2^30', 1 << 30],
    ['byte * 2 ^ 40', 2 ** 40],
    ['Byte * 10^6', 1e6],
    ['byte * 1024', 1024],
    ['byte * 1024 * 1024', 1 << 20],
    ['byte * 2^+20', null],
    ['byte * +2^20', 1 << 20],
    ['byte * 2^20 / 4', 1 << 18],
    ['KiloBytes', 1024],
    ['MegaBytes', 1 << 20],
    ['GigaBytes', 1 << 30],
    ['Terabyte', 2 ** 40],
    ['gibibytes', 1 << 30],
    ['KB', 1024],
    ['MB', 1 << 20],
    ['MiB', 1 << 20],
    ['GB', 1 << 30],
    ['G', 1 << 30],
    ['kilobyte * 2^10', 1 << 20],
    ['hertz * 10^6', null],
    ['byte * x', null],
    ['byte ^ 2', null],
    ['byte * 2^999', 2 ** 999],
    ['byte * 10^999', null],
    ['byte * 0', null],
    ['furlong', null],
    ['constructor', null],
  ])('%s', (unit, bytes) => expect(bytesPerUnit(unit)).toBe(bytes));
});

describe('quantityInBytes', () => {
  it.each([
    ['16', 2 ** 30, 2 ** 34],
    [' 512 ', 1, 512],
    ['0', 1, 0],
    ['0.5', 2 ** 30, 2 ** 29],
    ['9007199254740991', 1, Number.MAX_SAFE_INTEGER],
    ['9007199254740992', 1, null],
    ['9007199254740993', 1, null],
    ['8388608', 2 ** 30, null],
    ['1', 2 ** 999, null],
    ['-1', 1, null],
    ['1e3', 1, null],
    ['', 1, null],
    ['12 GB', 1, null],
  ])('%s of %d', (quantity, unit, bytes) => expect(quantityInBytes(quantity, unit)).toBe(bytes));
});
