import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  parseCapacity,
  parseOptions,
  parseSource,
  parseTarget,
  parseWorkers,
} from '../../../electron/cli/arguments.ts';
import { describeFormats } from '#engine/operations/formats.ts';
import { scratchFolder } from '../engine/scratch.ts';

const folder = scratchFolder();
const ova = join(folder, 'a.ova');
const withColon = join(folder, 'odd:name.raw');
writeFileSync(ova, 'x');
writeFileSync(withColon, 'x');

describe('parseSource', () => {
  it('takes a file whose own name has a colon', () => {
    expect(parseSource(withColon)).toEqual({ path: withColon });
  });

  it('splits at the colon behind a file', () => {
    expect(parseSource(`${ova}:disk1.vmdk`)).toEqual({ path: ova, member: 'disk1.vmdk' });
    expect(parseSource(`${ova}:sub/disk:1.vmdk`)).toEqual({ path: ova, member: 'sub/disk:1.vmdk' });
    expect(parseSource(`${withColon}:inner`)).toEqual({ path: withColon, member: 'inner' });
  });

  it('leaves what is not there to whoever opens it', () => {
    expect(parseSource(join(folder, 'absent.ova:disk'))).toEqual({ path: join(folder, 'absent.ova:disk') });
    expect(parseSource(`${ova}:`)).toEqual({ path: `${ova}:` });
  });
});

describe('parseOptions', () => {
  it('joins what is given once or often', () => {
    expect(parseOptions(['cluster_size=64k,compat=1.1', 'x=a=b'])).toEqual({
      cluster_size: '64k',
      compat: '1.1',
      x: 'a=b',
    });
  });

  it('takes two commas for one', () => {
    expect(parseOptions(['a=1,,2,b=3', 'comment=,,'])).toEqual({ a: '1,2', b: '3', comment: ',' });
    expect(Object.keys(parseOptions(['__proto__=x']))).toEqual(['__proto__']);
  });

  it.each(['novalue', '=x'])('refuses "%s"', (text) => {
    expect(() => parseOptions([text])).toThrow('input.invalid');
  });
});

describe('parseTarget', () => {
  const formats = describeFormats();
  it('reads the format off the extension', () => {
    expect(parseTarget({}, 'a.QCOW2', formats)).toEqual({ format: 'qcow2', options: {} });
    expect(parseTarget({ variant: 'zstd' }, 'a.qcow2', formats).variant).toBe('zstd');
    expect(parseTarget({}, 'a.img', formats).format).toBe('raw');
    expect(parseTarget({ to: 'raw' }, 'a.qcow2', formats).format).toBe('raw');
  });

  it('looks before the endings of a wrapper', () => {
    const wrapped = { wrap: 'tar+gzip' };
    expect(parseTarget(wrapped, 'disk.raw.tar.gz', formats)).toEqual({
      format: 'raw',
      options: {},
      wrapper: 'tar+gzip',
    });
    expect(() => parseTarget({}, 'disk.raw.gz', formats)).toThrow('input.invalid');
    expect(() => parseTarget(wrapped, 'disk.tar.gz', formats)).toThrow('input.invalid');
  });

  it('says which formats there are when nothing names one', () => {
    expect(() => parseTarget({}, 'a.foo', formats)).toThrow('qcow2');
    expect(() => parseTarget({}, 'a.ova', formats)).toThrow('input.invalid');
  });
});

describe('parseCapacity', () => {
  it('takes sizes as qemu-img does', () => {
    expect(['512', '64k', '3M', '20G', '2TiB', '1 GB'].map(parseCapacity)).toEqual([
      512,
      65_536,
      3 * 2 ** 20,
      20 * 2 ** 30,
      2 * 2 ** 40,
      2 ** 30,
    ]);
    for (const text of ['', 'G', '-1G', '1.5G', '1P', '9999999T', '0x10']) {
      expect(() => parseCapacity(text), text).toThrow('input.invalid');
    }
  });
});

describe('parseWorkers', () => {
  it('takes whole numbers', () => {
    expect(parseWorkers(undefined)).toBeNull();
    expect(parseWorkers('3')).toBe(3);
    for (const text of ['0', '-1', '1.5', 'many', '257'])
      expect(() => parseWorkers(text)).toThrow('input.invalid');
  });
});
