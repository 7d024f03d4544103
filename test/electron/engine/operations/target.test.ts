import { linkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { freeBytesAt, refuseOwnSource, resolveTarget } from '#engine/operations/target.ts';
import { setLanguage } from '#shared/language.ts';
import { parseSize } from '#shared/size.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import { speak } from '#shared/text/languages.ts';
import { failureOf } from '../../../fixtures/packages/recording.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
afterEach(() => setLanguage('en', {}));

describe('resolveTarget', () => {
  it('fills in the defaults that the driver declares', () => {
    const { shape, driver } = resolveTarget({ format: 'qcow2' }, 1 << 30);
    expect(driver.id).toBe('qcow2');
    expect(shape.variant).toBe('plain');
    expect(shape.options['cluster_size']).toBe(65536);
  });

  it('reads values as the command line gives them', () => {
    const { shape } = resolveTarget({ format: 'qcow2', options: { cluster_size: '128k' } }, 1 << 30);
    expect(shape.options['cluster_size']).toBe(131072);
  });

  it.each([
    [{ format: 'nonsense' }, 'no disk format "nonsense"'],
    [{ format: 'qcow2', variant: 'nonsense' }, 'no variant "nonsense"'],
    [{ format: 'qcow2', options: { nonsense: 1 } }, 'no option "nonsense"'],
    [{ format: 'qcow2', options: { cluster_size: 1000 } }, 'power of two'],
    [{ format: 'qcow2', options: { cluster_size: '4M' } }, 'power of two from 512 to 2097152'],
    [{ format: 'qcow2', options: { cluster_size: 'big' } }, 'power of two'],
    [{ format: 'qcow2', options: { constructor: 1 } }, 'no option "constructor"'],
  ])('refuses %j with words', (request, words) => {
    expect(() => resolveTarget(request, 1 << 30)).toThrow(words.replaceAll('"', '\\"'));
  });

  it('refuses a number in the language in force', async () => {
    const request = { format: 'qcow2', options: { cluster_size: 1000 } };
    const failure = failureOf(() => resolveTarget(request, 1 << 30));
    await speak('de');
    expect(describeFailure(failure).sentence).toContain('cluster_size ist eine Zweierpotenz von 512 bis');
  });
});

describe('parseSize', () => {
  it.each([
    ['512', 512],
    ['64k', 65536],
    ['64K', 65536],
    ['2M', 2 << 20],
    ['1GiB', 2 ** 30],
    ['1TB', 2 ** 40],
  ])('%s', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each(['', 'k', '1.5k', '-1', '64x', '1e3'])('refuses "%s"', (text) => expect(parseSize(text)).toBeNaN());
});

describe('freeBytesAt', () => {
  it('tells of the folder that the file will be in', () => {
    expect(freeBytesAt(join(folder, 'new.raw'))).toBeGreaterThan(0);
    expect(() => freeBytesAt(join(folder, 'absent', 'new.raw'))).toThrow('io.not-found');
  });
});

describe('refuseOwnSource', () => {
  it('knows the same file under another name', () => {
    const source = join(folder, 'source.raw');
    writeFileSync(source, 'x');
    symlinkSync(source, join(folder, 'link.raw'));
    linkSync(source, join(folder, 'hard.raw'));
    expect(() => refuseOwnSource(source, [source])).toThrow('input.invalid');
    expect(() => refuseOwnSource(join(folder, 'link.raw'), [source])).toThrow('input.invalid');
    expect(() => refuseOwnSource(join(folder, 'hard.raw'), [source])).toThrow('input.invalid');
    expect(() => refuseOwnSource(join(folder, 'other.raw'), [source])).not.toThrow();
  });
});
