import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { build, describeBuilders, planBuild } from '#engine/operations/build.ts';
import { builders } from '#engine/builders/registry.ts';
import type { BuildRequest, BuildResult } from '#shared/domain/build.ts';
import { describeWith } from '../../../setup/tools.ts';
import { qemuImg } from '../disks/image-files.ts';
import { noise, prose, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';
import { allUnder, run } from './guest-files.ts';

const folder = scratchFolder();
const at = (...names: string[]): string => join(folder, ...names);
afterEach(() => expect(allUnder(folder).filter((name) => name.includes('.platter-partial'))).toEqual([]));

const disk = writeRawDisk(at('disk.raw'), 6 << 20, [
  { at: 0, bytes: prose(1 << 20, 1) },
  { at: 3 << 20, bytes: noise(2_000_000, 2) },
]);
const small = writeRawDisk(at('small.raw'), 1 << 20, [{ at: 4096, bytes: prose(5000, 3) }]);
/** Files that hardly compress, so that what is planned too tightly shows. */
const image = writeRawDisk(at('set.img'), 3 << 20, [{ at: 0, bytes: noise(3 << 20, 4) }]);

/** One request for each way members lie together. */
const requests: Readonly<Record<string, Omit<BuildRequest, 'outputPath'>>> = {
  none: {
    builder: 'seed',
    inputs: [],
    fields: { hostname: 'web', user: 'me', authorizedKeys: 'ssh-ed25519 AAAA me' },
  },
  tar: { builder: 'ova', inputs: [{ path: disk }, { path: small }], fields: { name: 'two disks' } },
  'tar+gzip': { builder: 'uec', inputs: [{ path: image }], fields: {} },
  folder: { builder: 'ovf', inputs: [{ path: disk }, { path: small }], fields: {} },
};
const enclosures = Object.keys(requests);
const request = (enclosure: string, outputPath: string): BuildRequest => ({
  ...requests[enclosure]!,
  outputPath,
});
const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

function expectDigests({ files }: BuildResult): void {
  for (const { path, sizeBytes, sha256: digest } of files) {
    expect(statSync(path).size).toBe(sizeBytes);
    expect(execFileSync('sha256sum', [path], { encoding: 'utf8' }).split(' ')[0]).toBe(digest);
  }
}

describe.each(enclosures)('a build, %s', (enclosure) => {
  it('is what was planned at most, with the right digests, the same with any number of threads', () => {
    const outputs = [0, 2].map((workers) => {
      const outputPath = at(`${enclosure}-${workers}`, 'out');
      mkdirSync(dirname(outputPath));
      const plan = planBuild(request(enclosure, outputPath), quietControl());
      expect(existsSync(outputPath)).toBe(false);
      const control = quietControl(workers);
      const result = build(request(enclosure, outputPath), control);
      expectDigests(result);
      const written = result.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      expect(plan.outputBytes).toBeGreaterThanOrEqual(written);
      expect(plan).toMatchObject({ outputPath, fits: true, warnings: result.warnings });
      expect(control.partials.size).toBe(0);
      for (const { phase, totalBytes, doneBytes } of control.phases) {
        if (phase === 'hashing') expect(doneBytes).toBe(totalBytes);
      }
      return result.files.map(({ path }) => [basename(path), sha256(path)]);
    });
    expect(outputs[0]).toEqual(outputs[1]);
  });

  it('leaves nothing when it is cancelled, not even a folder', () => {
    for (const after of [0, 1, 600_000]) {
      const outputPath = at(`cancelled-${enclosure}`, 'deep', 'out');
      const control = quietControl(0, after === 0 ? 1 : after);
      if (after === 0) control.cancel();
      let code = '';
      try {
        build(request(enclosure, outputPath), control);
      } catch (error) {
        code = (error as { code: string }).code;
      }
      // A seed is smaller than what some of them wait for.
      if (enclosure === 'none' && after > 1) continue;
      expect(code).toBe('operation.cancelled');
      expect(existsSync(at(`cancelled-${enclosure}`))).toBe(false);
      expect(control.partials.size).toBe(0);
    }
  });

  it('replaces nothing without force', () => {
    const outputPath = at(`there-${enclosure}`, 'out');
    mkdirSync(dirname(outputPath));
    const result = build(request(enclosure, outputPath), quietControl());
    const last = result.files.at(-1)!.path;
    for (const { path } of result.files) writeFileSync(path, 'mine');
    const names = allUnder(at(`there-${enclosure}`));
    expect(() => build(request(enclosure, outputPath), quietControl())).toThrow('io.exists');
    expect(allUnder(at(`there-${enclosure}`))).toEqual(names);
    expect(readFileSync(last, 'utf8')).toBe('mine');
    const again = build({ ...request(enclosure, outputPath), force: true }, quietControl());
    expect(again).toEqual(result);
    expectDigests(again);
  });
});

describeWith(['tar', 'qemu-img', 'xorriso', 'gzip'], 'other programs read what was built', () => {
  it('a tar, whose descriptor has its place before the disks that it describes', () => {
    const path = at('judged.ova');
    build(request('tar', path), quietControl());
    mkdirSync(at('unpacked'));
    run('tar', '-C', at('unpacked'), '-xf', path);
    const names = run('tar', '-tf', path).trim().split('\n');
    expect(names[0]).toMatch(/\.ovf$/);
    const disks = names.filter((name) => name.endsWith('.vmdk'));
    expect(disks).toHaveLength(2);
    for (const [index, raw] of [disk, small].entries()) {
      const vmdk = at('unpacked', disks[index]!);
      expect(qemuImg('compare', '-f', 'raw', '-F', 'vmdk', raw, vmdk)).toContain('identical');
    }
    // Every member has the digest that the manifest, composed last, gives it.
    const manifest = readFileSync(
      at(
        'unpacked',
        names.find((name) => name.endsWith('.mf'))!,
      ),
      'utf8',
    );
    for (const name of names.filter((one) => !one.endsWith('.mf'))) {
      expect(manifest).toContain(`SHA256(${name})= ${sha256(at('unpacked', name))}`);
    }
  });

  it('a folder, the same files', () => {
    const result = build(request('folder', at('as-folder')), quietControl());
    expect(result.files.map(({ path }) => dirname(path))).toEqual(result.files.map(() => at('as-folder')));
    expect(readdirSync(at('as-folder')).sort()).toEqual(
      result.files.map(({ path }) => basename(path)).sort(),
    );
    const descriptor = readFileSync(result.files.find(({ path }) => path.endsWith('.ovf'))!.path, 'utf8');
    // In a folder nothing is filled up: the text ends where it ends.
    expect(descriptor.trimEnd().endsWith('>')).toBe(true);
    expect(descriptor.length - descriptor.trimEnd().length).toBeLessThan(2);
  });

  it('a tar.gz, with the bytes as they were', () => {
    const path = at('judged.tar.gz');
    build(request('tar+gzip', path), quietControl());
    run('gzip', '-t', path);
    mkdirSync(at('uec'));
    run('tar', '-C', at('uec'), '-xzf', path);
    const [name] = readdirSync(at('uec'));
    expect(sha256(at('uec', name!))).toBe(sha256(image));
  });

  it('a medium', () => {
    const path = at('judged.iso');
    build(request('none', path), quietControl());
    const listing = run('xorriso', '-indev', path, '-find', '/');
    expect(listing).toContain("'/user-data'");
    expect(listing).toContain("'/meta-data'");
  });
});

describe('build refuses', () => {
  it('unknown builders, wrong numbers of inputs, unknown fields', () => {
    const wrong = [
      { builder: 'nothing', inputs: [], fields: {} },
      { builder: 'ova', inputs: [], fields: {} },
      { builder: 'seed', inputs: [{ path: disk }], fields: {} },
      { builder: 'seed', inputs: [], fields: { colour: 'red' } },
    ];
    for (const one of wrong) {
      expect(() => build({ ...one, outputPath: at('wrong/out') }, quietControl())).toThrow('input.invalid');
      expect(existsSync(at('wrong'))).toBe(false);
    }
  });

  it('to replace a disk that is built in, even with force', () => {
    const before = sha256(small);
    const one = { builder: 'ova', inputs: [{ path: small }], outputPath: small, fields: {}, force: true };
    expect(() => build(one, quietControl())).toThrow('input.invalid');
    mkdirSync(at('own'));
    const outputPath = at('own');
    const [member] = planBuild({ ...one, builder: 'ovf', outputPath }, quietControl()).members.filter(
      ({ name }) => name.endsWith('.vmdk'),
    );
    const path = at('own', member!.name);
    writeRawDisk(path, 1 << 20, [{ at: 0, bytes: prose(100) }]);
    const digest = sha256(path);
    const inputs = [{ path }];
    expect(() => build({ ...one, builder: 'ovf', inputs, outputPath }, quietControl())).toThrow(
      'input.invalid',
    );
    expect(sha256(path)).toBe(digest);
    expect(sha256(small)).toBe(before);
  });

  it('nothing of what the registry declares: every builder is described', () => {
    expect(describeBuilders().map(({ id }) => id)).toEqual(builders.map(({ id }) => id));
    expect(() => JSON.stringify(describeBuilders())).not.toThrow();
    for (const described of describeBuilders()) expect(described).not.toHaveProperty('assemble');
  });
});
