// Prepared files, judged by programs that nobody here wrote: qemu-img, sgdisk, GNU tar, Python's tarfile.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { build } from '#engine/operations/build.ts';
import { planPreparation, prepare } from '#engine/operations/prepare.ts';
import { requireParts } from '#engine/operations/split-file.ts';
import type { OutputRequest, PreparationWork } from '#shared/domain/preparation.ts';
import { describeWith } from '../../../setup/tools.ts';
import { noise, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';
import { run } from './guest-files.ts';

const mebibyte = 1 << 20;
/** Compute Engine counts in GiB; a tar of this is the same, and read sooner. */
const tarUnit = 64 * mebibyte;
const folder = scratchFolder();
const at = (...names: string[]): string => join(folder, ...names);
const partials = (): string[] => readdirSync(at('out')).filter((name) => name.startsWith('.'));
mkdirSync(at('out'));
afterEach(() => expect(partials()).toEqual([]));

/** 24 MiB and two sectors: a GPT whose backup ends where no cloud wants it. */
function gptDisk(name: string): string {
  const path = writeRawDisk(at(name), 24 * mebibyte + 1024, [
    { at: 3 * mebibyte, bytes: noise(mebibyte, 7) },
  ]);
  run('sgdisk', '--clear', '--new=1:2048:+16M', '--typecode=1:8300', path);
  return path;
}

const whole = (unitBytes: number, leastBytes = 0) => ({ unitBytes, leastBytes });
const output = (path: string, fileName: string, rest: Partial<OutputRequest>): OutputRequest => ({
  role: 'disk',
  fileName,
  source: { path },
  target: { format: 'raw' },
  format: 'raw',
  variant: null,
  wrapper: null,
  ...rest,
});
const workOf = (name: string, outputs: readonly OutputRequest[], sourcePath: string): PreparationWork => ({
  cloud: 'cloud',
  cloudTitle: 'A cloud',
  sourcePath,
  tool: 'Platter',
  name,
  outputFolder: at('out'),
  outputs,
  steps: ['Write it'],
  metadata: { os_distro: 'debian' },
  texts: [{ fileName: `${name}.txt`, text: 'what to do\n' }],
});
const shell = (...words: string[]): string => execFileSync('sh', words, { encoding: 'utf8', stdio: 'pipe' });
const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
/** sgdisk exits with 0 for tables with problems, too. */
const requireSoundGpt = (path: string): void =>
  expect(run('sgdisk', '-v', path).toString()).toMatch(/No problems found/);

describeWith(['qemu-img', 'sgdisk', 'python3', 'tar'], 'prepared files', () => {
  it('are a fixed VHD of whole MiB whose backup GPT lies at its end', () => {
    const source = gptDisk('azure.raw');
    const target = { format: 'vhd', variant: 'fixed' };
    const grown = whole(mebibyte, 20 * mebibyte);
    const disk = output(source, 'azure.vhd', {
      source: { path: source, grown },
      target,
      format: 'vhd',
      variant: 'fixed',
    });
    const work = workOf('azure', [disk], source);
    const plan = planPreparation(work, quietControl());
    expect(plan).toMatchObject({ outputIsExact: true, fits: true });
    expect(plan.secondsExpected).toBeGreaterThan(0);
    const result = prepare(work, quietControl(2));
    const [file] = result.files;
    expect(file).toMatchObject({ fileSizeBytes: 25 * mebibyte + 512, virtualSizeBytes: 25 * mebibyte });
    expect(plan.outputs[0]!.fileSizeBytes).toBe(file!.fileSizeBytes);
    expect(file!.sha256).toBe(sha256(file!.path));
    run('qemu-img', 'convert', '-f', 'vpc', '-O', 'raw', file!.path, at('azure-read.raw'));
    expect(file!.contentSha256).toBe(sha256(at('azure-read.raw')));
    requireSoundGpt(at('azure-read.raw'));
    const data = readFileSync(at('azure-read.raw')).subarray(3 * mebibyte, 4 * mebibyte);
    expect(data.equals(noise(mebibyte, 7))).toBe(true);
    // What lies beside: checksums as sha256sum takes them, provenance, and the texts of the plan.
    expect(readFileSync(at('out', 'azure.sha256'), 'utf8')).toBe(`${file!.sha256}  azure.vhd
`);
    const provenance = JSON.parse(readFileSync(at('out', 'azure.provenance.json'), 'utf8'));
    expect(provenance).toMatchObject({
      source: { file: 'azure.raw', sizeBytes: 24 * mebibyte + 1024, sha256: sha256(source) },
      files: [{ file: 'azure.vhd', sha256: file!.sha256, contentSha256: file!.contentSha256 }],
      metadata: { os_distro: 'debian' },
    });
    expect(result.documents.map((path) => path.slice(at('out').length + 1))).toEqual([
      'azure.sha256',
      'azure.provenance.json',
      'azure.txt',
    ]);
  });

  it('are disk.raw in a sparse tar, which GNU tar and Python read alike', () => {
    const source = gptDisk('google.raw');
    const grown = whole(tarUnit);
    const disk = output(source, 'google.tar.gz', {
      source: { path: source, grown },
      target: { format: 'raw', wrapper: 'tar+gzip' },
      wrapper: 'tar+gzip',
    });
    const { files } = prepare(workOf('google', [disk], source), quietControl(2));
    expect(files[0]!.fileSizeBytes).toBeLessThan(3 * mebibyte);
    mkdirSync(at('gnu'));
    run('tar', '-xSzf', files[0]!.path, '-C', at('gnu'));
    expect(statSync(at('gnu', 'disk.raw')).size).toBe(tarUnit);
    expect(run('tar', '-tzf', files[0]!.path).toString()).toBe('disk.raw\n');
    requireSoundGpt(at('gnu', 'disk.raw'));
    const script = `
import hashlib, sys, tarfile
with tarfile.open(sys.argv[1]) as archive:
    member = archive.getmember("disk.raw")
    assert member.issparse(), "no sparse map"
    assert member.size == 1 << 26, member.size
    file, digest = archive.extractfile(member), hashlib.sha256()
    while block := file.read(1 << 22): digest.update(block)
print(digest.hexdigest())`;
    expect(run('python3', '-c', script, files[0]!.path).toString().trim()).toBe(files[0]!.contentSha256);
  });

  it('come out of a package, without the files in between', () => {
    const source = gptDisk('machine.raw');
    const ova = at('machine.ova');
    const request = { builder: 'ova', inputs: [{ path: source }], outputPath: ova, fields: {} };
    build(request, quietControl());
    const member = run('tar', '-tf', ova)
      .toString()
      .split('\n')
      .find((name) => name.endsWith('.vmdk'))!;
    const disk = output(ova, 'machine.qcow2', {
      source: { path: ova, member, grown: whole(mebibyte) },
      target: { format: 'qcow2' },
      format: 'qcow2',
    });
    const { files } = prepare(workOf('machine', [disk], ova), quietControl(2));
    run('qemu-img', 'check', '-f', 'qcow2', files[0]!.path);
    run('qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', files[0]!.path, at('machine-read.raw'));
    expect(statSync(at('machine-read.raw')).size).toBe(25 * mebibyte);
    requireSoundGpt(at('machine-read.raw'));
    expect(readdirSync(at('out')).filter((name) => name.startsWith('machine'))).toHaveLength(4);
  });

  it('are parts that a shell joins again, with every checksum that was asked for', () => {
    const source = gptDisk('parts.raw');
    const fileName = "it's 100%.raw";
    const small = at('small.raw');
    writeFileSync(small, noise(4096, 1));
    const work: PreparationWork = {
      ...workOf('parts', [output(source, fileName, {}), output(small, 'small.raw', {})], source),
      checksums: ['sha256', 'sha512', 'md5'],
      splitBytes: 10 * mebibyte,
    };
    const plan = planPreparation(work, quietControl());
    expect(plan.roomBytes).toBe(2 * plan.expectedBytes);
    const { files, documents } = prepare(work, quietControl(2));
    const [large, whole] = files;
    expect(existsSync(large!.path)).toBe(false);
    expect(large!.parts!.map(({ path, sizeBytes }) => [path, sizeBytes])).toEqual([
      [`${large!.path}.001`, 10 * mebibyte],
      [`${large!.path}.002`, 10 * mebibyte],
      [`${large!.path}.003`, 4 * mebibyte + 1024],
    ]);
    expect(whole!.parts).toBeUndefined();
    const check = (program: string, file: string): string =>
      shell('-c', `cd "$0" && ${program} -c "$1"`, at('out'), file);
    expect(check('sha256sum', 'parts.parts.sha256').match(/: OK/g)).toHaveLength(3);
    shell(at('out', 'parts.join.sh'));
    expect(readFileSync(large!.path).equals(readFileSync(source))).toBe(true);
    for (const algorithm of ['sha256', 'sha512', 'md5'])
      expect(check(`${algorithm}sum`, `parts.${algorithm}`).match(/: OK/g)).toHaveLength(2);
    // The batch file of Windows: names with a percent sign are no variables.
    expect(readFileSync(at('out', 'parts.join.cmd'), 'utf8')).toContain(
      `copy /y /b "it's 100%%.raw.joining"+"it's 100%%.raw.002" "it's 100%%.raw.joining" || exit /b 1\r\n`,
    );
    expect(
      JSON.parse(
        readFileSync(
          documents.find((path) => path.endsWith('.json'))!,
          'utf8',
        ),
      ),
    ).toMatchObject({
      files: [{ parts: [{ file: `${fileName}.001`, sizeBytes: 10 * mebibyte }, {}, {}] }, {}],
    });
    // A part that was damaged on its way gives no whole file.
    rmSync(large!.path);
    const second = readFileSync(`${large!.path}.002`);
    second[77]! ^= 1;
    writeFileSync(`${large!.path}.002`, second);
    expect(() => shell(at('out', 'parts.join.sh'))).toThrow();
    expect(existsSync(large!.path)).toBe(false);
  });

  it('are not split into parts that are too small or too many, and none is left when it is stopped', () => {
    const source = gptDisk('bits.raw');
    const work = workOf('bits', [output(source, 'bits.raw', {})], source);
    expect(() => planPreparation({ ...work, splitBytes: 4096 }, quietControl())).toThrow(/at least/);
    expect(() => requireParts(2 ** 30, 2 ** 20)).toThrow(/more than 999/);
    writeFileSync(at('out', 'bits.raw.002'), 'in the way');
    const control = quietControl();
    expect(() => prepare({ ...work, splitBytes: 10 * mebibyte }, control)).toThrow(/exists/);
    expect(control.partials.size).toBe(0);
    expect(readdirSync(at('out')).filter((name) => name.startsWith('bits'))).toEqual(['bits.raw.002']);
  });

  it('are copies to the byte where nothing is to be changed', () => {
    const kernel = at('vmlinuz');
    writeFileSync(kernel, noise(12_345, 3));
    const image = at('image.qcow2');
    run('qemu-img', 'create', '-f', 'qcow2', image, '8M');
    const raw = { format: 'raw' };
    const outputs = [
      output(kernel, 'set-vmlinuz', { role: 'kernel', source: { path: kernel, ...raw }, format: 'kernel' }),
      output(image, 'set.qcow2', { source: { path: image, ...raw }, format: 'qcow2', variant: 'compat 1.1' }),
    ];
    const { files } = prepare(workOf('set', outputs, image), quietControl());
    expect(readFileSync(files[0]!.path).equals(readFileSync(kernel))).toBe(true);
    expect(readFileSync(files[1]!.path).equals(readFileSync(image))).toBe(true);
    expect(files[0]!.contentSha256).toBeNull();
    expect(files[1]).toMatchObject({
      virtualSizeBytes: 8 * mebibyte,
      contentSha256: createHash('sha256')
        .update(new Uint8Array(8 * mebibyte))
        .digest('hex'),
    });
  });

  it('appear together or not at all', () => {
    const source = gptDisk('all.raw');
    const outputs = [output(source, 'all-1.raw', {}), output(source, 'all-2.raw', {})];
    writeFileSync(at('out', 'all-2.raw'), 'in the way');
    const control = quietControl(0);
    expect(() => prepare(workOf('all', outputs, source), control)).toThrow(/io\.exists|exists/);
    expect(existsSync(at('out', 'all-1.raw'))).toBe(false);
    expect(control.partials.size).toBe(0);
    const stopped = quietControl(0, mebibyte / 2);
    expect(() => prepare({ ...workOf('all', outputs, source), force: true }, stopped)).toThrow(/cancelled/);
    expect(readFileSync(at('out', 'all-2.raw'), 'utf8')).toBe('in the way');
    expect(() => prepare(workOf('all', [outputs[0]!, outputs[0]!], source), quietControl())).toThrow(
      /two files/,
    );
  });
});

describeWith(['sgdisk'], 'a preparation that was put off', () => {
  it('goes on where it was, and ends in the same bytes', () => {
    vi.stubEnv('PLATTER_CHECKPOINT_MILLISECONDS', '0');
    const source = gptDisk('rest.raw');
    const grown = { source: { path: source, grown: whole(mebibyte) } };
    const outputs = [
      output(source, 'rest-1.vhd', { ...grown, target: { format: 'vhd', variant: 'fixed' }, format: 'vhd' }),
      output(source, 'rest-2.qcow2', { ...grown, target: { format: 'qcow2' }, format: 'qcow2' }),
    ];
    const straight = prepare(workOf('rest', outputs, source), quietControl()).files.map(
      ({ sha256 }) => sha256,
    );
    for (const name of readdirSync(at('out')).filter((file) => file.startsWith('rest')))
      rmSync(at('out', name));

    const records: Uint8Array[] = [];
    const journal = {
      records,
      append: (record: Uint8Array) => void records.push(record),
      clear: () => void (records.length = 0),
    };
    // The first file is complete, the second one is begun.
    const control = quietControl(0, Number.POSITIVE_INFINITY, journal);
    const { begin } = control;
    const stopping = Object.assign(control, {
      begin(...[phase, total, item, done]: Parameters<typeof begin>) {
        begin(phase, total, item, done);
        if (phase === 'finishing' && item === 'rest-2.qcow2') control.suspend();
      },
    });
    expect(() => prepare(workOf('rest', outputs, source), stopping)).toThrow(/interrupted/);
    expect(partials()).not.toEqual([]);
    const resumed = quietControl(0, Number.POSITIVE_INFINITY, journal);
    const { files } = prepare(workOf('rest', outputs, source), resumed);
    expect(files.map(({ sha256 }) => sha256)).toEqual(straight);
    expect(resumed.notes).toContainEqual(expect.objectContaining({ kind: 'resumed', item: 'rest.raw' }));
    vi.unstubAllEnvs();
  });
});

describeWith(['sgdisk'], 'a disk that grows', () => {
  it('refuses to end before its partitions do', () => {
    const path = gptDisk('short.raw');
    const cut = writeRawDisk(at('cut.raw'), 12 * mebibyte, [
      { at: 0, bytes: readFileSync(path).subarray(0, mebibyte) },
    ]);
    const disk = output(cut, 'cut-out.raw', { source: { path: cut, grown: whole(mebibyte) } });
    expect(() => prepare(workOf('cut', [disk], cut), quietControl())).toThrow(/past the end/);
  });
});
