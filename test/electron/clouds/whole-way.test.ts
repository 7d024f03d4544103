// From files to what clouds take: facts by the engine, the plan, the work, and what the rules say of the result.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { build } from '#engine/operations/build.ts';
import { preflightFacts } from '#engine/operations/preflight-facts.ts';
import { prepare } from '#engine/operations/prepare.ts';
import type { PreparationRequest, PreparationResult } from '#shared/domain/preparation.ts';
import { planPreparation } from '../../../electron/clouds/plan.ts';
import { preflight } from '../../../electron/clouds/preflight.ts';
import { clouds } from '../../../electron/clouds/registry.ts';
import { describeWith } from '../../setup/tools.ts';
import { run } from '../engine/operations/guest-files.ts';
import { noise, writeRawDisk } from '../engine/pattern.ts';
import { quietControl } from '../engine/quiet-control.ts';
import { scratchFolder } from '../engine/scratch.ts';

const mebibyte = 1 << 20;
const folder = scratchFolder();
const at = (...names: string[]): string => join(folder, ...names);

function prepared(path: string, cloud: string, rest: Partial<PreparationRequest> = {}): PreparationResult {
  const facts = preflightFacts({ path }, quietControl());
  const request = { source: { path }, cloud, outputFolder: at('out', cloud), ...rest };
  return prepare(planPreparation(facts, request, { tool: 'Platter' }).work, quietControl());
}

describeWith(['sgdisk', 'mkfs.ext4', 'qemu-img'], 'what was prepared', () => {
  const source = writeRawDisk(at('odd.raw'), 21 * mebibyte + 1024, [
    { at: 2 * mebibyte, bytes: noise(mebibyte, 4) },
  ]);
  run('sgdisk', '--clear', '--new=1:2048:+8M', source);
  run('qemu-img', 'convert', '-f', 'raw', '-O', 'vdi', source, at('odd.vdi'));

  // Whole GiB are read back and hashed, which takes its time; what is written then is tested beside.
  it.each(clouds.map(({ id }) => id).filter((id) => id !== 'google' && id !== 'aws-ebs'))(
    'is what %s takes, looked at anew',
    (id) => {
      const { files } = prepared(at('odd.vdi'), id);
      expect(files).toHaveLength(1);
      const [verdict] = preflight(preflightFacts({ path: files[0]!.path }, quietControl()), [id]).clouds;
      const left = verdict!.findings.filter(({ fix, severity }) => fix !== undefined || severity === 'stop');
      expect(left).toEqual([]);
    },
  );

  it('of a UEC tarball is a set: kernel, RAM disk and image, to the byte', () => {
    const root = writeRawDisk(at('root.img'), 8 * mebibyte, []);
    run('mkfs.ext4', '-q', root);
    // A Linux kernel by its boot sector's marks (Documentation/arch/x86/boot.rst), and a RAM disk by cpio's.
    const kernel = Buffer.alloc(4096);
    kernel.writeUInt16LE(0xaa55, 0x1fe);
    kernel.write('HdrS', 0x202, 'latin1');
    kernel.writeUInt16LE(0x020f, 0x206);
    const ramdisk = Buffer.concat([Buffer.from('070701'), Buffer.from('0'.repeat(104)), Buffer.alloc(402)]);
    writeFileSync(at('vmlinuz'), kernel);
    writeFileSync(at('initrd'), ramdisk);
    const inputs = ['root.img', 'vmlinuz', 'initrd'].map((name) => ({ path: at(name) }));
    build({ builder: 'uec', inputs, outputPath: at('cirros.tar.gz'), fields: {} }, quietControl());
    const { files } = prepared(at('cirros.tar.gz'), 'openstack');
    expect(files.map(({ role }) => role)).toEqual(['kernel', 'ramdisk', 'disk']);
    for (const [index, original] of [kernel, ramdisk, readFileSync(root)].entries()) {
      expect(readFileSync(files[index]!.path).equals(original)).toBe(true);
    }
    expect(readFileSync(at('out', 'openstack', 'cirros-openstack.hand-over.sh'), 'utf8')).toContain(
      'RAMDISK_ID=$(',
    );
  });

  it('of an OVF folder is the package itself, file by file', () => {
    mkdirSync(at('machine'));
    const request = { builder: 'ovf', inputs: [{ path: source }], outputPath: at('machine'), fields: {} };
    build(request, quietControl());
    const names = readdirSync(at('machine')).sort();
    const descriptor = names.find((name) => name.endsWith('.ovf'))!;
    const { files } = prepared(at('machine', descriptor), 'virtualbox', { name: 'box' });
    for (const { path } of files) {
      const name = path.slice(at('out', 'virtualbox').length + 1);
      expect(readFileSync(path).equals(readFileSync(at('machine', name)))).toBe(true);
    }
    expect(files.map(({ role }) => role)).toEqual(files.map(() => 'package'));
    expect(files.length).toBeGreaterThanOrEqual(2);
    // Provenance knows every file of the package by its digest, not the descriptor alone.
    const provenance = JSON.parse(readFileSync(at('out', 'virtualbox', 'box.provenance.json'), 'utf8'));
    const sources = [provenance.source, ...provenance.furtherSources] as { file: string; sha256: string }[];
    expect(sources.map(({ file }) => file).sort()).toEqual(files.map(({ path }) => basename(path)).sort());
    for (const { file, sha256 } of sources)
      expect(sha256).toBe(
        createHash('sha256')
          .update(readFileSync(at('machine', file)))
          .digest('hex'),
      );
  });
});
