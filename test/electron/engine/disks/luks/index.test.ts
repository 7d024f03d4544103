// LUKS volumes that qemu-img and cryptsetup made: read to the bytes that were encrypted, and refused without the key.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { FileSource, MemorySource } from '#engine/bytes/source.ts';
import { Disk } from '#engine/disks/chain.ts';
import type { DiskReader } from '#engine/disks/driver.ts';
import { luks } from '#engine/disks/luks/index.ts';
import { describeWith, type ToolName } from '../../../../setup/tools.ts';
import { noise, prose, writeRawDisk } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { extentsOf, expectSameBytes, failureCode, noReferences, outcomeOf } from '../image-files.ts';
import { untilItWorks } from '../encryption/until-it-works.ts';

// Programs are run, and keys are derived; a machine with other work takes its time.
vi.setConfig({ testTimeout: 60_000 });

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const run = (program: ToolName, ...args: string[]): string =>
  execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const passphrase = 'öpen sesame';
const sizeBytes = (1 << 20) + 3 * 4096;
const rawPath = writeRawDisk(at('disk.raw'), sizeBytes, [
  { at: 0, bytes: prose(400_000, 1) },
  { at: 900_000, bytes: noise(sizeBytes - 900_000, 2) },
]);
const raw = readFileSync(rawPath);
writeFileSync(at('key'), passphrase);

function open(path: string, secret: string | null = passphrase): DiskReader {
  const choices = secret === null ? {} : { passphrase: secret };
  return luks.open(new FileSource(path), noReferences, choices);
}

/** Reads through the chain, as the engine does: units are decoded, cut and kept there. */
function readDisk(path: string): Uint8Array {
  const disk = Disk.open(new FileSource(path), noReferences, luks, { passphrase });
  try {
    const whole = new Uint8Array(disk.capacityBytes);
    for (let start = 0; start < whole.length; start += 100_000) {
      disk.read(start, whole.subarray(start, Math.min(start + 100_000, whole.length)));
    }
    return whole;
  } finally {
    disk.close();
  }
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'read';
}

function makeLuks(name: string, options: string): void {
  const secret = ['--object', `secret,id=key,data=${passphrase}`];
  const option = `key-secret=key,iter-time=10,${options}`;
  untilItWorks(
    () => void run('qemu-img', 'convert', ...secret, '-O', 'luks', '-o', option, 'disk.raw', name),
  );
}

describeWith('qemu-img', 'volumes made by qemu-img', () => {
  it.each([
    'cipher-alg=aes-256,cipher-mode=xts,ivgen-alg=plain64',
    'cipher-alg=aes-128,cipher-mode=xts,ivgen-alg=plain,hash-alg=sha1',
    'cipher-alg=aes-256,cipher-mode=cbc,ivgen-alg=essiv,ivgen-hash-alg=sha256,hash-alg=sha512',
    'cipher-alg=aes-128,cipher-mode=ecb,hash-alg=ripemd160',
  ])('%s', (options) => {
    makeLuks('made.luks', options);
    expectSameBytes(readDisk(at('made.luks')), raw);
    expect(codeOf(() => open(at('made.luks'), 'wrong'))).toBe('image.wrong-passphrase');
  });

  beforeAll(() => makeLuks('locked.luks', 'cipher-alg=aes-256'), 60_000);

  it('without a passphrase: size and facts, and never the encrypted bytes', () => {
    const reader = open(at('locked.luks'), null);
    expect(reader).toMatchObject({ capacityBytes: sizeBytes, encryption: 'LUKS', variant: 'luks1' });
    expect(reader.facts).toContainEqual({ label: 'Cipher', value: 'aes-xts-plain64' });
    expect(codeOf(() => reader.extents({ start: 0, length: 512 }))).toBe('image.encrypted');
    reader.close();
  });

  it('a cipher beyond us is named', () => {
    makeLuks('other.luks', 'cipher-alg=serpent-256,cipher-mode=xts,ivgen-alg=plain64');
    expect(codeOf(() => open(at('other.luks')))).toBe('image.unsupported');
    expect(open(at('other.luks'), null).capacityBytes).toBe(sizeBytes);
  });

  it('any bit of the header flipped, or the end cut off: a Failure or a read', () => {
    const bytes = readFileSync(at('locked.luks'));
    for (let bit = 0; bit < 592 * 8; bit += 7) {
      const flipped = new Uint8Array(bytes);
      flipped[bit >>> 3]! ^= 1 << (bit & 7);
      outcomeOf(luks, flipped);
    }
    for (const length of [0, 100, 592, 4096, bytes.length >> 1]) {
      expect(['image.truncated', 'image.encrypted']).toContain(
        failureCode(outcomeOf(luks, bytes.subarray(0, length))),
      );
    }
  });

  it('iterations and stripes are claims: what would take minutes is refused at once', () => {
    const claim = (offset: number, value: number): string => {
      const bytes = readFileSync(at('locked.luks'));
      bytes.writeUInt32BE(value, offset);
      return codeOf(() => luks.open(new MemorySource(bytes), noReferences, { passphrase }));
    };
    expect(claim(212, 0xffffffff)).toBe('image.unsupported');
    expect(claim(212, 0)).toBe('image.unsupported');
    expect(claim(164, 0xffffffff)).toBe('image.unsupported');
    expect(claim(252, 0xffffffff)).toBe('image.truncated');
    expect(claim(108, 0xffffffff)).toBe('image.malformed');
  });
});

describeWith(['cryptsetup', 'qemu-img'], 'volumes made by cryptsetup', () => {
  const format = (name: string, ...options: string[]): void => {
    truncateSync(at(name), 20 << 20);
    run('cryptsetup', 'luksFormat', '-q', ...options, name, 'key');
  };
  /** The disk, with room for a header behind it, encrypted in place. */
  const encrypt = (name: string, ...options: string[]): void => {
    copyFileSync(rawPath, at(name));
    truncateSync(at(name), (40 << 20) + statSync(rawPath).size - (statSync(rawPath).size % 4096));
    const where = ['--reduce-device-size', '32M', '--key-file', 'key'];
    run('cryptsetup', 'reencrypt', '--encrypt', '-q', ...where, ...options, name);
  };
  const quick = ['--pbkdf-force-iterations', '1000', '--pbkdf', 'pbkdf2'];
  const argon2 = ['--pbkdf-force-iterations', '4', '--pbkdf-memory', '65536'];

  it.each([
    ['LUKS2, Argon2id', ['--type', 'luks2', ...argon2]],
    ['LUKS2, Argon2i', ['--type', 'luks2', '--pbkdf', 'argon2i', ...argon2]],
    ['LUKS2, PBKDF2, sectors of 4096', ['--type', 'luks2', '--sector-size', '4096', ...quick]],
    ['LUKS2, CBC', ['--type', 'luks2', '--cipher', 'aes-cbc-essiv:sha256', '--key-size', '256', ...quick]],
  ])('%s, encrypted in place', (_title, options) => {
    encrypt('whole.luks', ...options);
    const disk = readDisk(at('whole.luks'));
    expectSameBytes(disk.subarray(0, sizeBytes), raw);
    expect(codeOf(() => open(at('whole.luks'), 'wrong'))).toBe('image.wrong-passphrase');
  });

  it('LUKS1, filled by qemu-img', () => {
    writeFileSync(at('one.luks'), '');
    const size = ['--key-size', '256', '--hash', 'sha512'];
    format('one.luks', '--type', 'luks1', '--pbkdf-force-iterations', '1000', ...size);
    const secret = ['--object', `secret,id=key,data=${passphrase}`];
    const target = ['--target-image-opts', 'driver=luks,key-secret=key,file.filename=one.luks'];
    const { capacityBytes } = open(at('one.luks'), null);
    const padded = Buffer.concat([raw, noise(capacityBytes - raw.length, 5)]);
    writeFileSync(at('padded.raw'), padded);
    run(
      'qemu-img',
      'convert',
      ...secret,
      '-n',
      '-f',
      'raw',
      ...target.slice(0, 1),
      'padded.raw',
      ...target.slice(1),
    );
    expectSameBytes(readDisk(at('one.luks')), padded);
  });

  it('a second passphrase opens it too, and the second header when the first is gone', () => {
    writeFileSync(at('two.luks'), '');
    writeFileSync(at('second'), 'another one');
    format('two.luks', '--type', 'luks2', ...quick);
    run('cryptsetup', 'luksAddKey', '-q', '--key-file', 'key', ...quick, 'two.luks', 'second');
    expect(open(at('two.luks'), 'another one').facts).toContainEqual({
      label: 'Key slots in use',
      value: '2',
    });
    const bytes = readFileSync(at('two.luks'));
    bytes.fill(0x41, 5000, 6000);
    const reader = luks.open(new MemorySource(bytes), noReferences, { passphrase });
    expect(extentsOf(reader).length).toBe(Math.ceil(reader.capacityBytes / 65536));
  });

  it('memory and passes are claims: what no honest file asks for is refused at once', () => {
    writeFileSync(at('claims.luks'), '');
    format('claims.luks', '--type', 'luks2', ...argon2);
    expect(codeOf(() => open(at('claims.luks')))).toBe('read');
    for (const [name, value] of [
      ['memory', 1 << 21],
      ['time', 100_000],
      ['cpus', 5000],
      ['stripes', 2 ** 40],
    ] as const) {
      const { bytes, json } = metadataOf('claims.luks');
      const changed = json.replace(new RegExp(`"${name}":\\d+`), `"${name}":${value}`);
      expect(changed).not.toBe(json);
      const source = new MemorySource(withMetadata(bytes, changed));
      expect(codeOf(() => luks.open(source, noReferences, { passphrase }))).toBe('image.unsupported');
    }
  });

  it('metadata of any kind ends in a Failure or a read', () => {
    writeFileSync(at('odd.luks'), '');
    format('odd.luks', '--type', 'luks2', ...quick);
    const { bytes, json } = metadataOf('odd.luks');
    const documents = ['', 'null', '[]', '7', '{}', '{"segments":{}}', '['.repeat(10_000)];
    for (const field of ['offset', 'size', 'sector_size', 'key_size', 'stripes', 'salt', 'encryption']) {
      for (const value of ['-1', '"x"', 'null', '{}', '1e300', '"99999999999999999999"', '""']) {
        documents.push(json.replaceAll(new RegExp(`"${field}":("[^"]*"|\\d+)`, 'g'), `"${field}":${value}`));
      }
    }
    for (const document of documents) {
      const source = (): MemorySource => new MemorySource(withMetadata(bytes, document));
      expect(
        codeOf(() => luks.open(source(), noReferences, { passphrase })),
        document,
      ).toMatch(/^image\.|^read/);
    }
  });
});

/** The metadata of a LUKS2 file, and its bytes. */
function metadataOf(name: string): { bytes: Uint8Array; json: string } {
  const bytes = new Uint8Array(readFileSync(at(name)));
  const area = Buffer.from(bytes.subarray(4096, 16384));
  return { bytes, json: area.subarray(0, area.indexOf(0)).toString() };
}

/** The file with other metadata in its first header, the second one gone, and the checksum right. */
function withMetadata(bytes: Uint8Array, json: string): Uint8Array {
  const changed = bytes.slice();
  changed.fill(0, 4096, 32768);
  changed.set(Buffer.from(json).subarray(0, 12288), 4096);
  changed.fill(0, 448, 512);
  const digest = createHash('sha256').update(changed.subarray(0, 16384)).digest();
  changed.set(digest, 448);
  return changed;
}

describe('a LUKS header', () => {
  it('is known by its magic alone', () => {
    expect(luks.probe(new MemorySource(Buffer.from('LUKS\xba\xbe\0\x01', 'latin1')))).toBe('certain');
    expect(luks.probe(new MemorySource(Buffer.from('LUKS')))).toBe('no');
    const later = Buffer.alloc(4096);
    later.write('LUKS\xba\xbe\0\x03', 'latin1');
    expect(failureCode(outcomeOf(luks, later))).toBe('image.unsupported');
  });
});
