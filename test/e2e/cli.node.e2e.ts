// The built command line's answers, which other programs rely on: exit codes, the one line on stderr, the JSON shapes.
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { cliBundle } from '../../build/paths.ts';
import {
  applianceFacts,
  corruptAppliance,
  hostileAppliance,
  looseAppliance,
  makeAppliance,
  sha256Of,
  smallApplianceSize,
  type Appliance,
  type ApplianceDisk,
} from '../fixtures/appliance.ts';
import { runTool } from '../fixtures/appliance-disk.ts';
import { expect, test } from './app.ts';
import { CommandLine, expectFailure, type Answer, type Json } from './command-line.ts';

const minute = 60_000;

test.describe('the command line', () => {
  let root: string;
  let folder: string;
  let count = 0;
  let appliance: Appliance;
  let first: ApplianceDisk;
  let rawSha256: string;

  test.beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'platter-cli-'));
    appliance = await makeAppliance(smallApplianceSize);
    first = appliance.disks[0]!;
    rawSha256 = await sha256Of(first.rawPath);
  });
  test.afterAll(() => rmSync(root, { recursive: true, force: true }));
  test.beforeEach(() => {
    folder = join(root, String(++count));
    mkdirSync(folder);
  });

  const environment = (): NodeJS.ProcessEnv => new CommandLine(folder).environment;
  const platter = (...words: string[]): Answer => new CommandLine(folder).run(...words);
  const json = (...words: string[]): Json => new CommandLine(folder).json(...words);

  async function expectSame(path: string, format: string, disk = first): Promise<void> {
    const answer = await runTool('qemu-img', ['compare', '-f', 'raw', '-F', format, disk.rawPath, path]);
    expect(answer).toContain('Images are identical.');
    if (format === 'qcow2')
      expect(await runTool('qemu-img', ['check', path])).toContain('No errors were found');
  }

  test('info --json says what a disk is', async () => {
    const path = join(folder, 'disk.qcow2');
    await runTool('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', first.rawPath, path]);
    const info = json('info', path);
    expect(Object.keys(info).sort()).toEqual([
      'allocatedBytes',
      'encrypted',
      'facts',
      'fileSizeBytes',
      'format',
      'kind',
      'parent',
      'partitions',
      'path',
      'snapshots',
      'variant',
      'virtualSizeBytes',
      'warnings',
      'wrapper',
    ]);
    expect(info).toMatchObject({
      path,
      kind: 'disk',
      format: 'qcow2',
      virtualSizeBytes: first.capacityBytes,
      fileSizeBytes: statSync(path).size,
      allocatedBytes: statSync(path).blocks * 512,
      parent: null,
      snapshots: [],
      encrypted: false,
      wrapper: null,
      warnings: [],
    });
    expect(info.facts.length).toBeGreaterThan(0);
    for (const fact of info.facts) expect(Object.keys(fact).sort()).toEqual(['label', 'value']);
  });

  test('info --json says what a package holds, and whether its manifest agrees', () => {
    const info = json('info', appliance.path);
    expect(info).toMatchObject({
      kind: 'package',
      format: 'ova',
      fileSizeBytes: statSync(appliance.path).size,
    });
    expect(info.package.manifest).toBe('valid');
    expect(info.package.systems).toHaveLength(1);
    const system = info.package.systems[0];
    expect(system).toMatchObject({
      name: applianceFacts.name,
      vcpus: applianceFacts.vcpus,
      memoryBytes: applianceFacts.memoryMebibytes * 2 ** 20,
    });
    expect(system.os).toContain(applianceFacts.os);
    expect(system.nics).toHaveLength(1);
    expect(system.disks).toMatchObject(
      appliance.disks.map(({ file, capacityBytes, vmdkBytes }) => ({
        name: file,
        file,
        format: 'vmdk',
        virtualSizeBytes: capacityBytes,
        sizeInPackageBytes: vmdkBytes,
      })),
    );
  });

  test('preflight answers 0 for an image that is ready, 1 with findings for one that is not', async () => {
    const path = join(folder, 'disk.vhd');
    await runTool('qemu-img', ['create', '-f', 'vpc', '-o', 'subformat=dynamic,force_size=on', path, '1G']);
    const answer = platter('preflight', path, '--for', 'aws-snapshot', '--json');
    expect(JSON.parse(answer.out)).toMatchObject({
      path,
      clouds: [{ id: 'aws-snapshot', verdict: 'ready' }],
    });
    expect(answer.code).toBe(0);
    const refused = platter('preflight', path, '--for', 'azure', '--json');
    expect(refused.code).toBe(1);
    const [azure] = (JSON.parse(refused.out) as Json).clouds;
    expect(azure.verdict).toBe('fixable');
    expect(azure.findings[0]).toMatchObject({
      rule: 'azure.fixed-vhd',
      severity: 'stop',
      fix: expect.stringContaining('VHD'),
    });
    expect(azure.findings[0].source.readOn).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    // All clouds, for two files, one of which is not there: the other is still told of.
    const both = platter('preflight', 'missing.raw', path);
    expect(both.code).toBe(2);
    expect(both.err).toContain('io.not-found');
    expect(both.out).toContain('OpenStack');
    expectFailure(platter('preflight', path, '--for', 'nowhere'), 'input.invalid');
  });

  test('info tells a manifest that does not agree, and one that is not there', async () => {
    const corrupt = await corruptAppliance(appliance, folder);
    expect(json('info', corrupt.path).package.manifest).toBe('mismatch');
    const loose = await looseAppliance(appliance, join(folder, 'loose'));
    expect(json('info', loose.path)).toMatchObject({ format: 'ovf', package: { manifest: 'valid' } });
    rmSync(join(folder, 'loose/harbour.mf'));
    expect(json('info', loose.path).package.manifest).toBe('absent');
  });

  test('map --json tiles the disk as qemu-img does', async () => {
    const path = join(folder, 'disk.qcow2');
    await runTool('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', first.rawPath, path]);
    const map = json('map', path);
    expect(map.virtualSizeBytes).toBe(first.capacityBytes);
    let end = 0;
    for (const [index, extent] of map.extents.entries()) {
      expect(extent.start).toBe(end);
      expect(extent.length).toBeGreaterThan(0);
      expect(['stored', 'encoded', 'zero', 'absent']).toContain(extent.state);
      expect(extent.depth).toBe(0);
      end += extent.length;
      const next = map.extents[index + 1];
      const joined = next?.state === extent.state && extent.fileOffset + extent.length === next?.fileOffset;
      expect(joined && extent.state === 'stored', 'adjacent equal extents are joined').toBe(false);
      expect(extent.state !== 'stored' && next?.state === extent.state).toBe(false);
    }
    expect(end).toBe(first.capacityBytes);
    const theirs = JSON.parse(await runTool('qemu-img', ['map', '--output=json', path])) as Json[];
    const ours = map.extents.filter((extent: Json) => extent.state === 'stored');
    expect(runsOf(ours.map(({ start, length, fileOffset }: Json) => [start, length, fileOffset]))).toEqual(
      runsOf(theirs.filter(({ data }) => data).map(({ start, length, offset }) => [start, length, offset])),
    );
  });

  /** Joins runs that continue each other, on the disk and in the file. */
  function runsOf(runs: readonly (readonly [number, number, number])[]): number[][] {
    const joined: [number, number, number][] = [];
    for (const [start, length, offset] of runs) {
      const last = joined.at(-1);
      if (last && last[0] + last[1] === start && last[2] + last[1] === offset) last[1] += length;
      else joined.push([start, length, offset]);
    }
    return joined;
  }

  test('hash --json is the SHA-256 of what a guest sees, whatever the format and the number of workers', () => {
    const expected = { sha256: rawSha256, virtualSizeBytes: first.capacityBytes };
    for (const source of [first.rawPath, first.vmdkPath, `${appliance.path}:${first.file}`]) {
      expect(json('hash', source)).toEqual(expected);
    }
    expect(json('hash', first.vmdkPath, '--workers', '1')).toEqual(expected);
    expect(platter('hash', first.vmdkPath).out).toBe(`${rawSha256}  ${first.vmdkPath}\n`);
  });

  test('compare answers 0, or 1 with the first differing offset', () => {
    expect(platter('compare', first.rawPath, first.vmdkPath).code).toBe(0);
    const changed = join(folder, 'changed.raw');
    const bytes = readFileSync(first.rawPath);
    const at = 5_000_001;
    bytes[at] = bytes[at]! ^ 1;
    writeFileSync(changed, bytes);
    const differing = platter('compare', changed, `${appliance.path}:${first.file}`);
    expect(differing.code).toBe(1);
    expect(differing.out).toContain(String(at));
    const { code, out } = platter('compare', changed, first.vmdkPath, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ identical: false, firstDifference: at });
  });

  test('compare finds a longer disk equal when the rest is zeros, and says so', () => {
    const longer = join(folder, 'longer.raw');
    writeFileSync(longer, Buffer.concat([readFileSync(first.rawPath), Buffer.alloc(1_000_448)]));
    const { code, out } = platter('compare', first.rawPath, longer);
    expect(code).toBe(0);
    expect(out).toContain('1,000,448 bytes of zeros');
    const tail = Buffer.alloc(512);
    tail[511] = 1;
    writeFileSync(longer, Buffer.concat([readFileSync(first.rawPath), tail]));
    const differing = platter('compare', first.rawPath, longer);
    expect(differing.code).toBe(1);
    expect(differing.out).toContain(String(first.capacityBytes + 511));
  });

  test('convert takes the format of the extension, a source inside a package, variants and options', async () => {
    const qcow2 = join(folder, 'disk.qcow2');
    expect(platter('convert', `${appliance.path}:${first.file}`, qcow2).code).toBe(0);
    await expectSame(qcow2, 'qcow2');
    const raw = join(folder, 'disk.img');
    expect(platter('convert', qcow2, raw, '--to', 'raw').code).toBe(0);
    await expectSame(raw, 'raw');
    const packed = join(folder, 'packed');
    const answer = json(
      'convert',
      raw,
      packed,
      '--to',
      'qcow2',
      '--variant',
      'zlib',
      '-o',
      'cluster_size=131072',
      '--workers',
      '2',
      '--no-verify',
    );
    expect(answer).toMatchObject({
      path: packed,
      format: 'qcow2',
      verified: false,
      virtualSizeBytes: first.capacityBytes,
    });
    expect(await runTool('qemu-img', ['info', packed])).toContain('cluster_size: 131072');
    expect(statSync(packed).size).toBeLessThan(statSync(qcow2).size);
    await expectSame(packed, 'qcow2');
    const vmdk = join(folder, 'again.vmdk');
    expect(platter('convert', packed, vmdk, '--variant', 'streamOptimized').code).toBe(0);
    await expectSame(vmdk, 'vmdk');
  });

  test('measure says the size that convert then writes', () => {
    const measured = json('measure', first.vmdkPath, '--to', 'vhdx');
    expect(measured).toMatchObject({ targetFormat: 'vhdx', outputIsExact: true });
    const made = json('convert', first.vmdkPath, 'measured.vhdx');
    expect(made.fileSizeBytes).toBe(measured.fileSizeBytes);
    expect(platter('measure', first.vmdkPath, '--to', 'qcow2', '--variant', 'zstd').out).toMatch(
      /File size: +about [\d.]+ [MG]iB, at most [\d.]+ [MG]iB/,
    );
    expectFailure(platter('measure', first.vmdkPath, '--to', 'iso'), 'input.invalid');
  });

  test('convert writes the same bytes however many workers ran', async () => {
    for (const workers of ['1', '2', '5']) {
      expect(
        platter('convert', first.vmdkPath, `${workers}.qcow2`, '--workers', workers, '--variant', 'zstd')
          .code,
      ).toBe(0);
    }
    const digests = await Promise.all(
      ['1', '2', '5'].map((workers) => sha256Of(join(folder, `${workers}.qcow2`))),
    );
    expect(new Set(digests).size).toBe(1);
  });

  test('an existing output is refused without --force, and replaced with it', async () => {
    const path = join(folder, 'disk.qcow2');
    writeFileSync(path, 'mine');
    expectFailure(platter('convert', first.vmdkPath, path), 'io.exists', 'disk.qcow2');
    expect(readFileSync(path, 'utf8')).toBe('mine');
    expect(platter('convert', first.vmdkPath, path, '--force').code).toBe(0);
    await expectSame(path, 'qcow2');
    expect(readdirSync(folder).filter((name) => name !== 'library')).toEqual(['disk.qcow2']);
  });

  test('extract writes all disks, or the named one, and says their hashes', async () => {
    const { files } = json('extract', appliance.path, '--out', join(folder, 'disks'));
    expect(files).toHaveLength(2);
    for (const [index, disk] of appliance.disks.entries()) {
      expect(files[index]).toMatchObject({
        format: 'qcow2',
        virtualSizeBytes: disk.capacityBytes,
        sha256: await sha256Of(disk.rawPath),
      });
      await expectSame(files[index].path, 'qcow2', disk);
    }
    const one = json(
      'extract',
      appliance.path,
      '--out',
      join(folder, 'one'),
      '--disk',
      appliance.disks[1]!.file,
      '--to',
      'raw',
    );
    expect(one.files.map(({ path }: Json) => basename(path))).toEqual(readdirSync(join(folder, 'one')));
    await expectSame(one.files[0].path, 'raw', appliance.disks[1]);
    const asIs = json(
      'extract',
      appliance.path,
      '--out',
      join(folder, 'as it is'),
      '--disk',
      first.file,
      '--to',
      'as-is',
    );
    expect(await sha256Of(asIs.files[0].path)).toBe(await sha256Of(first.vmdkPath));
    const copied = json('convert', first.vmdkPath, join(folder, 'copy.vmdk'), '--to', 'as-is');
    expect(copied).toMatchObject({ format: 'vmdk', virtualSizeBytes: first.capacityBytes, verified: true });
    expect(await sha256Of(copied.path)).toBe(await sha256Of(first.vmdkPath));
    expectFailure(
      platter('convert', first.vmdkPath, 'x.vmdk', '--to', 'as-is', '--variant', 'streamOptimized'),
      'input.invalid',
      'changes nothing',
    );
  });

  test('failures are one line on stderr, with a code, and exit code 2', async () => {
    expectFailure(platter('info', 'nothing.ova'), 'io.not-found', 'nothing.ova');
    expectFailure(platter('info', 'nothing.ova', '--json'), 'io.not-found');
    expectFailure(platter('hash', `${appliance.path}:other.vmdk`), 'package.file-missing', 'other.vmdk');
    expectFailure(platter('convert', first.vmdkPath, 'disk.unknown'), 'input.invalid', '--to');
    expectFailure(platter('convert', first.vmdkPath, 'disk.qcow2', '-o', 'cluster_size=3'), 'input.invalid');
    expectFailure(platter('convert', first.vmdkPath, 'disk.qcow2', '--workers', 'many'), 'input.invalid');
    expectFailure(platter('frobnicate'), 'input.invalid');
    expectFailure(platter('info', '--colour', first.vmdkPath), 'input.invalid');
    expectFailure(
      platter('extract', appliance.path, '--out', 'x', '--disk', 'third.vmdk'),
      'input.invalid',
      'third.vmdk',
    );
    const hostile = await hostileAppliance(appliance, folder);
    const { warnings } = json('info', hostile);
    expect(warnings).toMatchObject([
      { code: 'package.unsafe-name', message: expect.stringContaining('../evil.vmdk') },
    ]);
    expectFailure(platter('hash', `${hostile}:../evil.vmdk`), 'package.unsafe-name', '../evil.vmdk');
    expectFailure(platter('extract', hostile, '--out', 'out'), 'package.unsafe-name', '../evil.vmdk');
    expect(existsSync(join(root, 'evil.vmdk'))).toBe(false);
    writeFileSync(join(folder, 'short.vmdk'), readFileSync(first.vmdkPath).subarray(0, 3_000_000));
    expect(platter('hash', 'short.vmdk').code).toBe(2);
    expect(readdirSync(folder).filter((name) => name.endsWith('.qcow2') || name.includes('partial'))).toEqual(
      [],
    );
  });

  test('help and version are answers', () => {
    expect(platter('--help')).toMatchObject({ code: 0, err: '' });
    expect(platter('convert', '--help').out).toContain('--no-verify');
    expect(platter('--version').out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('Ctrl-C stops a conversion and leaves nothing behind', async () => {
    const words = ['convert', first.vmdkPath, 'disk.vmdk', '--variant', 'streamOptimized', '--workers', '1'];
    const child = spawn(process.execPath, [cliBundle, ...words], { cwd: folder, env: environment() });
    let err = '';
    child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    while (child.exitCode === null && !readdirSync(folder).some((name) => name.endsWith('.platter-partial')))
      await delay(5);
    child.kill('SIGINT');
    expect(await ended).toBe(2);
    expect(err).toMatch(/^platter: operation\.cancelled: [^\n]+\n$/);
    expect(readdirSync(folder).filter((name) => name.includes('disk.vmdk'))).toEqual([]);
  });

  test('draws a progress bar on a terminal only', () => {
    const words = [
      process.execPath,
      cliBundle,
      'convert',
      first.rawPath,
      'disk.vmdk',
      '--variant',
      'streamOptimized',
    ];
    const command = words.map((word) => `'${word}'`).join(' ');
    const options = { encoding: 'utf8', cwd: folder, env: environment(), timeout: minute } as const;
    const onTerminal = spawnSync('script', ['-qec', command, '/dev/null'], options);
    expect(onTerminal.status).toBe(0);
    expect(onTerminal.stdout).toMatch(/converting\s+[█░]{10,}\s+\d+ %/);
    const piped = platter('convert', first.rawPath, 'again.vmdk', '--variant', 'streamOptimized');
    expect(piped).toMatchObject({ code: 0, err: '' });
  });

  test('library add, list and remove keep the library that the window shows', async () => {
    const path = join(folder, 'disk.qcow2');
    await runTool('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', first.rawPath, path]);
    expect(platter('library', 'add', path, appliance.path).code).toBe(0);
    const { entries } = json('library', 'list');
    expect(entries.map(({ path: known }: Json) => known).sort()).toEqual([appliance.path, path].sort());
    expect(platter('library', 'list').out).toContain(path);
    expect(platter('library', 'remove', path).code).toBe(0);
    expect(json('library', 'list').entries).toHaveLength(1);
    expect(existsSync(path)).toBe(true);
    expectFailure(platter('library', 'remove', path), 'input.invalid');
    expectFailure(platter('library', 'add', 'nothing.qcow2'), 'io.not-found');
  });

  test('library watch, scan, folders, locate and unwatch keep folders in the library', async () => {
    const images = join(folder, 'images');
    mkdirSync(join(images, 'deep'), { recursive: true });
    const path = join(images, 'deep/notes.txt');
    await runTool('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', first.rawPath, path]);
    writeFileSync(join(images, 'disk.qcow2'), 'no image');
    // Both were written just now: a scan waits until they have come to rest.
    expect(json('library', 'watch', images).scans).toMatchObject([{ added: 1, filesOpened: 2, growing: [] }]);
    expect(json('library', 'scan').scans).toMatchObject([{ added: 0, filesListed: 2, filesOpened: 0 }]);
    const { id } = json('library', 'list').entries.find((entry: Json) => entry.path === path);
    renameSync(path, join(images, 'disk.bin'));
    expect(platter('library', 'scan', images).out).toContain('1 moved; 2 files in 2 folders, 1 opened');
    const elsewhere = join(folder, 'elsewhere.qcow2');
    renameSync(join(images, 'disk.bin'), elsewhere);
    expect(platter('library', 'scan').out).toContain('1 missing');
    expect(platter('library', 'folders').out).toContain(`${images}  (1 image, 1 missing)`);
    expectFailure(platter('library', 'locate', String(id), first.rawPath), 'input.invalid');
    expect(json('library', 'locate', String(id), elsewhere).entry).toMatchObject({
      id,
      path: elsewhere,
      missing: false,
    });
    expectFailure(platter('library', 'watch', join(images, 'deep')), 'input.invalid');
    expectFailure(platter('library', 'unwatch', folder), 'input.invalid');
    expect(platter('library', 'unwatch', images).code).toBe(0);
    expect(json('library', 'folders').folders).toEqual([]);
    expect(platter('library', 'remove', String(id)).code).toBe(0);
    renameSync(images, join(folder, 'gone'));
    expectFailure(platter('library', 'watch', images), 'io.not-found');
  });

  test('serve prints the address of the app and ends with a signal', async () => {
    const child = spawn(process.execPath, [cliBundle, 'serve'], { cwd: folder, env: environment() });
    const address = await new Promise<string>((resolve) => {
      let text = '';
      child.stdout.on('data', (piece: Buffer) => {
        text += piece.toString();
        const found = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(text)?.[0];
        if (found !== undefined) resolve(found);
      });
    });
    const answer = await fetch(address, { redirect: 'manual' });
    expect(answer.status).toBe(303);
    const cookie = answer.headers.get('set-cookie')!.split(';')[0]!;
    const page = await fetch(new URL('/', address), { headers: { cookie } });
    expect(await page.text()).toContain('<title>Platter</title>');
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});
