import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { build, planBuild } from '#engine/operations/build.ts';
import { hashImage } from '#engine/operations/hash.ts';
import { inspectPackage } from '#engine/operations/inspect.ts';
import { verifyPackage } from '#engine/operations/verify.ts';
import type { OptionValues } from '#shared/domain/conversion.ts';
import { failureOf } from '../../../../fixtures/packages/recording.ts';
import { describeWith, toolPath } from '../../../../setup/tools.ts';
import { noise, prose, writeRawDisk } from '../../pattern.ts';
import { quietControl } from '../../quiet-control.ts';
import { scratchFolder } from '../../scratch.ts';

const folder = scratchFolder();
const at = (...names: string[]): string => join(folder, ...names);
const first = writeRawDisk(at('first.raw'), (3 << 20) + 512, [
  { at: 0, bytes: prose(1 << 20, 1) },
  { at: 2 << 20, bytes: noise(100_000, 2) },
]);
const second = writeRawDisk(at('second.raw'), 2 << 20, [{ at: 1 << 20, bytes: prose(70_000, 3) }]);
const inputs = [{ path: first }, { path: second }];
const hash = (path: string, member?: string): string =>
  hashImage(member === undefined ? { path, format: 'raw' } : { path, member }, quietControl()).sha256;
const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

function make(builder: string, name: string, fields: OptionValues = {}) {
  return build({ builder, inputs, outputPath: at(name), fields }, quietControl());
}

const formats = [
  ['vmdk-streamOptimized', 'vmdk', 'vmdk', null],
  ['raw', 'img', 'raw', /^VMware and VirtualBox refuse raw/],
  ['vhd', 'vhd', 'vhd', /^VMware refuses VHD/],
  ['qcow2', 'qcow2', 'qcow2', /^VMware and VirtualBox refuse qcow2/],
] as const;

describe.each(formats)('an OVA with %s disks', (diskFormat, extension, format, refusal) => {
  const name = `my box ${diskFormat}.ova`;
  const stem = `my_box_${diskFormat}`;
  const result = make('ova', name, { name: 'Säge', diskFormat, annotation: 'x < y' });

  it('is one file, whose manifest holds', () => {
    expect(result.files).toMatchObject([{ path: at(name), sha256: sha256(at(name)) }]);
    expect(verifyPackage(at(name), quietControl())).toMatchObject({
      state: 'valid',
      entries: [
        { file: `${stem}.ovf`, state: 'valid', algorithm: 'SHA256' },
        { file: `${stem}-disk1.${extension}`, state: 'valid' },
        { file: `${stem}-disk2.${extension}`, state: 'valid' },
      ],
    });
  });

  it('holds what it was made of, and says so', () => {
    const info = inspectPackage(at(name));
    expect(info.warnings).toEqual([]);
    expect(info.files.map((file) => file.name)).toEqual([
      `${stem}.ovf`,
      `${stem}.mf`,
      `${stem}-disk1.${extension}`,
      `${stem}-disk2.${extension}`,
    ]);
    expect(info.systems).toMatchObject([
      {
        name: 'Säge',
        annotation: 'x < y',
        disks: [
          { format, virtualSizeBytes: (3 << 20) + 512, controller: 'SCSI 0:0 (lsilogic)' },
          { format, virtualSizeBytes: 2 << 20 },
        ],
      },
    ]);
    expect(hash(at(name), `${stem}-disk1.${extension}`)).toBe(hash(first));
    expect(hash(at(name), `${stem}-disk2.${extension}`)).toBe(hash(second));
  });

  it('says who refuses its disks', () => {
    const messages = result.warnings.map(({ message }) => message);
    expect(messages).toHaveLength(refusal === null ? 0 : 1);
    if (refusal !== null) expect(messages[0]).toMatch(refusal);
  });
});

describe('what is built', () => {
  it('is the same every time', () => {
    make('ova', 'again/my box qcow2.ova', { name: 'Säge', diskFormat: 'qcow2', annotation: 'x < y' });
    expect(sha256(at('again', 'my box qcow2.ova'))).toBe(sha256(at('my box qcow2.ova')));
  });

  it('may be made of a disk in a package', () => {
    const member = 'my_box_qcow2-disk2.qcow2';
    const request = { inputs: [{ path: at('my box qcow2.ova'), member }], outputPath: at('inner.ova') };
    build({ builder: 'ova', fields: {}, ...request }, quietControl());
    expect(hash(at('inner.ova'), 'inner-disk1.vmdk')).toBe(hash(second));
  });

  it('may be a folder', () => {
    const { files, warnings } = make('ovf', 'server', { nics: 0, diskController: 'sata', firmware: 'efi' });
    expect(files.map(({ path }) => path)).toEqual(
      ['server.ovf', 'server.mf', 'server-disk1.vmdk', 'server-disk2.vmdk'].map((name) => at('server', name)),
    );
    expect(readdirSync(at('server'))).toHaveLength(4);
    expect(verifyPackage(at('server', 'server.ovf'), quietControl()).state).toBe('valid');
    expect(inspectPackage(at('server', 'server.ovf'))).toMatchObject({
      warnings: [],
      networks: [],
      systems: [
        {
          name: 'server',
          firmware: 'efi',
          nics: [],
          disks: [{ controller: 'SATA 0:0 (vmware.sata.ahci)' }, {}],
        },
      ],
    });
    // Nothing lies behind a file in a folder: there is nothing to fill up.
    expect(readFileSync(at('server', 'server.ovf'), 'utf8')).toMatch(/<\/Envelope>\n$/);
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/VirtualBox does not read the firmware/),
      expect.stringMatching(/Old versions of VirtualBox refuse the SATA/),
    ]);
  });

  it('is planned with at most that size', () => {
    const request = { builder: 'ova', inputs, outputPath: at('planned.ova'), fields: {} };
    const plan = planBuild(request, quietControl());
    expect(plan.members.map(({ name }) => name)).toEqual([
      'planned.ovf',
      'planned.mf',
      'planned-disk1.vmdk',
      'planned-disk2.vmdk',
    ]);
    const { files } = build(request, quietControl());
    expect(files[0]!.sizeBytes).toBeLessThanOrEqual(plan.outputBytes);
  });

  it('refuses what cannot be a disk before it writes anything', () => {
    writeFileSync(at('empty'), '');
    mkdirSync(at('refused'));
    const request = {
      builder: 'ova',
      inputs: [{ path: at('empty') }],
      outputPath: at('refused', 'x.ova'),
      fields: {},
    };
    expect(failureOf(() => build(request, quietControl())).code).toBe('image.unrecognised');
    const many = { ...request, inputs: Array.from({ length: 16 }, () => ({ path: first })) };
    expect(failureOf(() => build(many, quietControl())).code).toBe('input.invalid');
    const ide = {
      ...request,
      inputs: Array.from({ length: 5 }, () => ({ path: first })),
      fields: { diskController: 'ide' },
    };
    expect(failureOf(() => build(ide, quietControl())).code).toBe('input.invalid');
    const packages = { ...request, inputs: [{ path: at('my box raw.ova') }] };
    expect(failureOf(() => build(packages, quietControl())).details).toEqual({
      problem: `${at('my box raw.ova')} is a package; name one of its disks`,
    });
    const control = { ...request, inputs, fields: { annotation: 'a\u0000b' } };
    expect(failureOf(() => build(control, quietControl())).code).toBe('input.invalid');
    expect(readdirSync(at('refused'))).toEqual([]);
  });
});

describeWith(['tar', 'qemu-img', 'vmdkinfo', '7z'], 'an OVA for other programs', () => {
  const path = at('my box vmdk-streamOptimized.ova');
  const target = at('unpacked');
  mkdirSync(target);
  const run = (program: 'tar' | 'qemu-img' | 'vmdkinfo' | '7z', ...parameters: string[]): string =>
    execFileSync(toolPath(program)!, parameters, { encoding: 'utf8', cwd: target });

  it('is a tar whose first member is the descriptor', () => {
    const names = run('tar', 'tf', path).trim().split('\n');
    expect(names.map((name) => name.replace(/^.*\./, ''))).toEqual(['ovf', 'mf', 'vmdk', 'vmdk']);
    expect(run('7z', 'l', path)).toMatch(/Type = tar/);
    run('tar', 'xf', path);
    expect(readdirSync(target)).toHaveLength(4);
  });

  it('has disks that are what they were made of', () => {
    for (const [index, source] of [first, second].entries()) {
      const disk = join(target, `my_box_vmdk-streamOptimized-disk${index + 1}.vmdk`);
      expect(run('qemu-img', 'compare', '-f', 'vmdk', '-F', 'raw', disk, source)).toMatch(/identical/);
      expect(run('vmdkinfo', disk)).toMatch(/stream optimized/i);
    }
  });

  it('has a manifest that sha256sum would agree with, filled descriptor included', () => {
    const manifest = readFileSync(join(target, 'my_box_vmdk-streamOptimized.mf'), 'utf8');
    const lines = manifest.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      const [, name, digest] = /^SHA256\((.*)\)= ([0-9a-f]{64})$/.exec(line)!;
      expect(digest).toBe(sha256(join(target, name!)));
    }
  });
});
