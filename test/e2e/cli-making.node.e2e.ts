// The built command line makes and changes images: create, resize, flatten, rebase, check, repair, list, extract, build.
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runTool } from '../fixtures/appliance-disk.ts';
import { untilItWorks } from '../electron/engine/disks/encryption/until-it-works.ts';
import { noise, prose, writeRawDisk } from '../electron/engine/pattern.ts';
import { toolPath } from '../setup/tool-paths.ts';
import { expect, test } from './app.ts';
import { CommandLine, expectFailure, type Answer, type Json } from './command-line.ts';
import { expectClean, expectIdentical } from './judges.ts';

const mebibyte = 1 << 20;
const size = 8 * mebibyte;

test.describe('the command line makes and changes images', () => {
  let root: string;
  let folder: string;
  let count = 0;
  let raw: string;
  let changed: string;

  test.beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'platter-cli-'));
    const pieces = [
      { at: 0, bytes: prose(mebibyte) },
      { at: 3 * mebibyte, bytes: noise(300_000) },
    ];
    raw = writeRawDisk(join(root, 'disk.raw'), size, pieces);
    changed = writeRawDisk(join(root, 'changed.raw'), size, [
      ...pieces,
      { at: 5 * mebibyte, bytes: noise(5000, 9) },
    ]);
  });
  test.afterAll(() => rmSync(root, { recursive: true, force: true }));
  test.beforeEach(() => {
    folder = join(root, String(++count));
    mkdirSync(folder);
  });

  const at = (name: string): string => join(folder, name);
  const platter = (...words: string[]): Answer => new CommandLine(folder).run(...words);
  const json = (...words: string[]): Json => new CommandLine(folder).json(...words);
  const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
  const infoOf = async (path: string): Promise<Json> =>
    JSON.parse(await runTool('qemu-img', ['info', '--output=json', path])) as Json;

  test('create makes images and overlays', async () => {
    const result = json('create', 'new.qcow2', '--size', '3G', '-o', 'cluster_size=128k');
    expect(result).toMatchObject({
      path: at('new.qcow2'),
      format: 'qcow2',
      virtualSizeBytes: 3 * 2 ** 30,
      verified: false,
    });
    expect(await infoOf(at('new.qcow2'))).toMatchObject({
      'virtual-size': 3 * 2 ** 30,
      'cluster-size': 131_072,
    });
    expect(platter('convert', raw, 'base.qcow2').code).toBe(0);
    expect(json('create', 'over.qcow2', '--backing', 'base.qcow2').virtualSizeBytes).toBe(size);
    expect(await infoOf(at('over.qcow2'))).toMatchObject({
      'backing-filename': 'base.qcow2',
      'backing-filename-format': 'qcow2',
    });
    await expectIdentical(raw, at('over.qcow2'), 'qcow2');
    expect(platter('create', 'as-raw.qcow2', '--backing', 'base.qcow2', '--backing-format', 'raw').code).toBe(
      0,
    );
    expect(await infoOf(at('as-raw.qcow2'))).toMatchObject({ 'backing-filename-format': 'raw' });
    expectFailure(platter('create', 'none.qcow2'), 'input.invalid', 'size');
    expectFailure(platter('create', 'new.qcow2', '--size', '1G'), 'io.exists', 'new.qcow2');
    expectFailure(platter('create', 'none.vdi', '--backing', 'base.qcow2'), 'input.invalid');
    expect(readdirSync(folder).filter((name) => name.startsWith('none'))).toEqual([]);
  });

  test('resize grows and shrinks by words, and repair --undo takes it back', async () => {
    expect(platter('convert', raw, 'disk.qcow2').code).toBe(0);
    const before = sha256(at('disk.qcow2'));
    const grown = json('resize', 'disk.qcow2', '+8M');
    expect(Object.keys(grown).sort()).toEqual(['backupPath', 'inPlace', 'newBytes', 'oldBytes', 'path']);
    expect(grown).toMatchObject({ oldBytes: size, newBytes: 2 * size, inPlace: true });
    expect((await infoOf(at('disk.qcow2')))['virtual-size']).toBe(2 * size);
    expect(json('repair', 'disk.qcow2', '--undo', grown.backupPath)).toEqual({
      path: at('disk.qcow2'),
      restoredFrom: grown.backupPath,
    });
    expect(sha256(at('disk.qcow2'))).toBe(before);
    expectFailure(platter('resize', 'disk.qcow2', '-4M'), 'input.invalid', '--shrink');
    expect(json('resize', 'disk.qcow2', '-4M', '--shrink').newBytes).toBe(4 * mebibyte);
    expectFailure(
      platter('resize', 'disk.qcow2', '-2M', '--shrink'),
      'input.invalid',
      String(3 * mebibyte + 300_000),
    );
    expectFailure(platter('resize', 'disk.qcow2', '-1G', '--shrink'), 'input.invalid');
    expectFailure(platter('resize', 'disk.qcow2', 'large'), 'input.invalid', 'large');
    await expectClean(at('disk.qcow2'));
  });

  test('rebase and flatten copy chains and snapshots, and files elsewhere are allowed by name', async () => {
    expect(platter('convert', raw, 'base.qcow2').code).toBe(0);
    expect(platter('convert', changed, 'over.qcow2', '--backing', 'base.qcow2').code).toBe(0);
    await expectIdentical(changed, at('over.qcow2'), 'qcow2');
    expect(platter('flatten', 'over.qcow2', 'flat.qcow2').code).toBe(0);
    expect(await infoOf(at('flat.qcow2'))).not.toHaveProperty('backing-filename');
    await expectIdentical(changed, at('flat.qcow2'), 'qcow2');
    expect(json('rebase', 'flat.qcow2', 'again.qcow2', '--backing', 'base.qcow2')).toMatchObject({
      verified: true,
    });
    await expectIdentical(changed, at('again.qcow2'), 'qcow2');
    expect(readFileSync(at('again.qcow2')).length).toBeLessThan(mebibyte);
    expectFailure(platter('rebase', 'flat.qcow2', 'x.qcow2'), 'input.invalid', '--backing');

    mkdirSync(at('deep'));
    expect(platter('create', 'deep/far.qcow2', '--backing', 'over.qcow2').code).toBe(0);
    expectFailure(platter('hash', 'deep/far.qcow2'), 'reference.denied', 'over.qcow2');
    expect(json('hash', 'deep/far.qcow2', '--allow', 'over.qcow2').sha256).toBe(sha256(changed));

    await runTool('qemu-img', ['snapshot', '-c', 'before', at('flat.qcow2')]);
    expect(json('info', 'flat.qcow2').snapshots).toMatchObject([{ name: 'before' }]);
    expect(json('hash', 'flat.qcow2', '--snapshot', 'before').sha256).toBe(sha256(changed));
    expect(platter('flatten', 'flat.qcow2', 'then.vmdk', '--to', 'vmdk', '--snapshot', 'before').code).toBe(
      0,
    );
    await expectIdentical(changed, at('then.vmdk'), 'vmdk');
  });

  test('check answers 1 where something is wrong, and repair mends it', async () => {
    expectFailure(platter('check', raw), 'input.invalid');
    await runTool('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, at('disk.qcow2')]);
    const sound = json('check', 'disk.qcow2');
    expect(sound).toMatchObject({ format: 'qcow2', corruptions: 0, leaks: 0, findings: [] });
    const bytes = readFileSync(at('disk.qcow2'));
    const refcounts = Number(bytes.readBigUInt64BE(Number(bytes.readBigUInt64BE(48))));
    const file = openSync(at('disk.qcow2'), 'r+');
    writeSync(file, Uint8Array.of(0, 2), 0, 2, refcounts + 2 * 8);
    closeSync(file);
    const before = sha256(at('disk.qcow2'));
    expect(new CommandLine(folder).jsonWith(1, 'check', 'disk.qcow2').leaks).toBe(1);
    const words = platter('check', 'disk.qcow2');
    expect(words.code).toBe(1);
    expect(words.out).toContain('1 leak');
    expect(words.out).toContain('platter repair');
    const { after, backupPath, summary } = json('repair', 'disk.qcow2', '--leaks-only');
    expect(after).toMatchObject({ corruptions: 0, leaks: 0 });
    expect(summary.length).toBeGreaterThan(0);
    await expectClean(at('disk.qcow2'));
    expect(platter('repair', 'disk.qcow2', '--undo', backupPath).code).toBe(0);
    expect(sha256(at('disk.qcow2'))).toBe(before);
  });

  test('list and extract look into a medium, and build makes one', async () => {
    const seed = json('build', 'seed.iso', '--as', 'seed', '--set', 'hostname=web', '--set', 'user=me');
    expect(seed.files).toMatchObject([{ path: at('seed.iso'), sha256: sha256(at('seed.iso')) }]);
    expect(await runTool('xorriso', ['-indev', at('seed.iso'), '-find', '/'])).toContain("'/user-data'");
    const listing = json('list', 'seed.iso');
    expect(Object.keys(listing).sort()).toEqual([
      'entries',
      'folder',
      'path',
      'table',
      'truncated',
      'volume',
    ]);
    expect(listing.volume.label).toMatch(/^cidata$/i);
    const names = listing.entries.map(({ path }: Json) => path);
    expect(names).toContain('user-data');
    expect(platter('list', 'seed.iso').out).toContain('user-data');
    const result = json('extract', 'seed.iso', '--out', 'out');
    expect(result).toMatchObject({ outputFolder: at('out'), files: names.length, skipped: [] });
    expect(readFileSync(at('out/user-data'), 'utf8')).toMatch(/^#cloud-config\n/);
    expect(platter('extract', 'seed.iso', '--out', 'one', '--path', 'meta-data').code).toBe(0);
    expect(readdirSync(at('one'))).toEqual(['meta-data']);
    expectFailure(platter('extract', 'seed.iso', '--out', 'out'), 'io.exists');
    expectFailure(
      platter('extract', 'seed.iso', '--out', 'none', '--path', 'nothing'),
      'package.file-missing',
      'nothing',
    );
    expect(existsSync(at('none'))).toBe(false);
    expectFailure(platter('list', raw), 'input.invalid');
    writeFileSync(at('keys'), 'ssh-ed25519 AAAA, with a comma\n');
    expect(platter('build', 'keys.iso', '--as', 'seed', '--set-file', 'authorizedKeys=keys').code).toBe(0);
    expectFailure(
      platter('build', 'x.iso', '--as', 'seed', '--set', 'colour=red'),
      'input.invalid',
      'colour',
    );
    expectFailure(platter('build', 'x.iso', '--as', 'nothing'), 'input.invalid', 'seed');
  });

  test('build makes an appliance that holds its manifest', async () => {
    const result = json('build', 'app.ova', raw, changed, '--as', 'ova', '--set', 'name=two disks');
    expect(result.files).toMatchObject([{ path: at('app.ova'), sha256: sha256(at('app.ova')) }]);
    expect(result.warnings).toEqual(expect.any(Array));
    expect((await runTool('tar', ['-tf', at('app.ova')])).split('\n')[0]).toMatch(/\.ovf$/);
    const info = json('info', 'app.ova');
    expect(info).toMatchObject({
      format: 'ova',
      package: { manifest: 'valid', systems: [{ name: 'two disks' }] },
    });
    const [first] = info.package.systems[0].disks;
    expect(json('hash', `app.ova:${first.name}`).sha256).toBe(sha256(raw));
    expect(platter('build', 'app.ova', raw, '--as', 'ova')).toMatchObject({ code: 2, out: '' });
    expectFailure(platter('build', raw, raw, '--as', 'ova', '--force'), 'input.invalid');
  });

  test('convert --wrap compresses the whole output', async () => {
    for (const [wrap, name, judge] of [
      ['gzip', 'disk.raw.gz', ['gzip', '-t']],
      ['zstd', 'disk.img.zst', ['zstd', '-tq']],
      ['tar+gzip', 'disk.raw.tar.gz', ['tar', '-tzf']],
    ] as const) {
      expect(json('convert', raw, name, '--wrap', wrap)).toMatchObject({ format: 'raw', verified: true });
      await runTool(judge[0], [judge[1], at(name)]);
      expect(json('info', name)).toMatchObject({ wrapper: wrap, format: 'raw', virtualSizeBytes: size });
      expect(json('hash', name).sha256).toBe(sha256(raw));
    }
    expectFailure(platter('convert', raw, 'x.qcow2', '--wrap', 'gzip'), 'input.invalid', 'one pass');
  });

  test('a passphrase is read from a file, and never from the words', async () => {
    const secret = ['--object', 'secret,id=key,data=open sesame'];
    const luks = ['-o', 'encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10'];
    const create = ['create', '-q', ...secret, '-f', 'qcow2', ...luks, at('locked.qcow2'), '1M'];
    untilItWorks(() => void execFileSync(toolPath('qemu-img')!, create, { stdio: 'pipe' }));
    writeFileSync(at('passphrase'), 'open sesame\n');
    writeFileSync(at('wrong'), 'close sesame\n');
    expectFailure(platter('hash', 'locked.qcow2'), 'image.encrypted');
    expectFailure(platter('hash', 'locked.qcow2', '--passphrase-file', 'wrong'), 'image.wrong-passphrase');
    const zeros = createHash('sha256').update(Buffer.alloc(mebibyte)).digest('hex');
    expect(json('hash', 'locked.qcow2', '--passphrase-file', 'passphrase').sha256).toBe(zeros);
    expectFailure(platter('hash', 'locked.qcow2', '--passphrase', 'open sesame'), 'input.invalid');
  });

  test('help lists what the drivers and builders declare', () => {
    const help = platter('convert', '--help').out;
    for (const word of ['qcow2', 'streamOptimized', 'cluster_size=65536', 'block_size', 'adapter_type']) {
      expect(help).toContain(word);
    }
    const build = platter('build', '--help').out;
    for (const word of ['ova', 'seed', 'hostname', 'authorizedKeys']) expect(build).toContain(word);
    const declared = json('formats');
    expect(Object.keys(declared).sort()).toEqual(['builders', 'formats']);
    expect(platter('formats').out).toContain('--set hostname');
  });
});
