import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backingOf, limitsOf, readableSourceOf, sourceOf } from '../../../electron/cli/sources.ts';
import { unlimited } from '#shared/domain/job.ts';
import { scratchFolder } from '../engine/scratch.ts';

const folder = scratchFolder();
const passphraseFile = join(folder, 'passphrase');
writeFileSync(passphraseFile, ' open sesame \r\nsecond line\n');

describe('sourceOf', () => {
  it('adds what the options say', () => {
    expect(sourceOf('/i/a.qcow2', {})).toEqual({ path: '/i/a.qcow2' });
    const options = { from: 'raw', snapshot: 'before', passphraseFile, allow: ['base.raw', '/i/b.raw'] };
    expect(sourceOf('/i/a.qcow2', options)).toEqual({
      path: '/i/a.qcow2',
      format: 'raw',
      snapshot: 'before',
      passphrase: ' open sesame ',
      allowed: [resolve('base.raw'), '/i/b.raw'],
    });
  });

  it('refuses files without a passphrase', () => {
    const empty = join(folder, 'empty');
    for (const text of ['', '\nx', 'x'.repeat(5000)]) {
      writeFileSync(empty, text);
      expect(() => sourceOf('a', { passphraseFile: empty })).toThrow('input.invalid');
    }
    expect(() => sourceOf('a', { passphraseFile: join(folder, 'none') })).toThrow('io.not-found');
  });
});

describe('readableSourceOf', () => {
  const appliance = join(folder, 'appliance');
  mkdirSync(appliance);

  it('takes a folder for the one package that lies in it', () => {
    expect(() => readableSourceOf(appliance, {})).toThrow('input.invalid');
    for (const name of ['vm.ovf', '._vm.ovf', 'vm-disk1.vmdk']) writeFileSync(join(appliance, name), '');
    expect(readableSourceOf(appliance, { from: 'raw' })).toEqual({
      path: join(appliance, 'vm.ovf'),
      format: 'raw',
    });
    expect(readableSourceOf(join(appliance, 'vm-disk1.vmdk'), {}).path).toBe(
      join(appliance, 'vm-disk1.vmdk'),
    );
    writeFileSync(join(appliance, 'other.OVF'), '');
    expect(() => readableSourceOf(appliance, {})).toThrow('input.invalid');
  });

  it('leaves it to the builders what a folder means', () => {
    expect(sourceOf(appliance, {})).toEqual({ path: appliance });
  });
});

describe('backingOf', () => {
  it('is a source of its own, with what is allowed for it', () => {
    expect(backingOf({ allow: ['/x'] })).toEqual({});
    expect(backingOf({ backing: '/b', backingFormat: 'raw', allow: ['/x'], passphraseFile })).toEqual({
      backing: { path: '/b', format: 'raw', allowed: ['/x'], passphrase: ' open sesame ' },
    });
  });
});

describe('limitsOf', () => {
  it('is no limit where none is asked', () => {
    expect(limitsOf({})).toEqual(unlimited);
    const limits = { bytesPerSecond: 50 * 2 ** 20, workers: 4, lowPriority: true };
    expect(limitsOf({ limit: '50M', workers: '4', lowPriority: true })).toEqual(limits);
  });

  it('refuses what is no speed', () => {
    for (const limit of ['0', '-1', 'fast', '']) expect(() => limitsOf({ limit })).toThrow('--limit');
  });
});
