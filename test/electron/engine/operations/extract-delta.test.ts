/** Delta disks in packages (ovf:parentRef): they come out whole, joined with their parents, or not at all. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { convert } from '#engine/operations/convert.ts';
import { extract, planExtraction } from '#engine/operations/extract.ts';
import { hashImage } from '#engine/operations/hash.ts';
import { describeWith, toolPath } from '../../../setup/tools.ts';
import { item, minimal } from '../../../fixtures/packages/descriptors.ts';
import { failureOf } from '../../../fixtures/packages/recording.ts';
import { tar, tarFile } from '../../../fixtures/packages/tar-builder.ts';
import { noise, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const capacity = 4 << 20;
const old = { at: 0, bytes: noise(1 << 20, 1) };
/** Over a part of the old data, and behind it. */
const changed = { at: 512 << 10, bytes: noise(1 << 20, 2) };
const base = writeRawDisk(at('base.raw'), capacity, [old]);
const delta = writeRawDisk(at('delta.raw'), capacity, [changed]);
const whole = hashImage(
  { path: writeRawDisk(at('whole.raw'), capacity, [old, changed]) },
  quietControl(),
).sha256;

function toVmdk(path: string, name: string): string {
  const target = { format: 'vmdk', variant: 'streamOptimized' };
  convert({ source: { path }, outputPath: at(name), target }, quietControl());
  return at(name);
}

/** A package of a base and a delta. */
function pack(name: string, basePath: string, deltaPath: string): string {
  const file = (id: string): string => `<File ovf:id="${id}" ovf:href="${id}.vmdk"/>`;
  const disk = (id: string, more: string): string =>
    `<Disk ovf:diskId="d-${id}" ovf:fileRef="${id}" ovf:capacity="${capacity}" ovf:format="http://x/vmdk.html" ${more}/>`;
  const descriptor = minimal({
    files: file('base') + file('delta'),
    disks: disk('base', '') + disk('delta', 'ovf:parentRef="d-base"'),
    items: item({ InstanceID: 1, ResourceType: 17, ElementName: 'disk', HostResource: 'ovf:/disk/d-delta' }),
  });
  const members = [
    tarFile('p.ovf', descriptor),
    tarFile('base.vmdk', readFileSync(basePath)),
    tarFile('delta.vmdk', readFileSync(deltaPath)),
  ];
  writeFileSync(at(name), tar(...members));
  return at(name);
}

function take(packagePath: string, format: string): string[] {
  const outputFolder = at(`out-${readdirSync(folder).length}`);
  mkdirSync(outputFolder);
  const request = { packagePath, outputFolder, disks: [{ name: 'delta.vmdk', target: { format } }] };
  planExtraction(request, quietControl());
  return extract(request, quietControl()).files.map(({ sha256 }) => sha256!);
}

describe('a delta disk that says nothing of its parent', () => {
  const path = pack('silent.ova', toVmdk(base, 'silent-base.vmdk'), toVmdk(delta, 'silent-delta.vmdk'));

  it('comes out with the parent that the descriptor names', () => {
    expect(take(path, 'raw')).toEqual([whole]);
  });

  it('is not copied as it is', () => {
    expect(failureOf(() => take(path, 'as-is'))).toMatchObject({
      code: 'image.unsupported',
      details: { feature: 'delta disks by themselves: delta.vmdk needs d-base' },
    });
  });
});

describeWith(['qemu-img', 'qemu-io'], 'a delta disk that names its parent', () => {
  const qemu = (...parameters: string[]): void => {
    execFileSync(toolPath('qemu-img')!, parameters, { cwd: folder, stdio: 'ignore' });
  };

  it('comes out whole', () => {
    qemu('convert', '-O', 'vmdk', base, 'base.vmdk');
    qemu('create', '-f', 'vmdk', '-b', 'base.vmdk', '-F', 'vmdk', 'overlay.vmdk');
    const overlay = pack('named.ova', at('base.vmdk'), overlayOf('overlay.vmdk'));
    expect(take(overlay, 'raw')).toEqual([whole]);
    expect(take(overlay, 'qcow2')).toEqual([whole]);
  });

  it('or knows its content only: the package is looked through', () => {
    qemu('create', '-f', 'vmdk', '-b', 'base.vmdk', '-F', 'vmdk', 'nameless.vmdk');
    const bytes = readFileSync(overlayOf('nameless.vmdk'));
    const hint = bytes.indexOf('parentFileNameHint');
    bytes[hint] = '#'.charCodeAt(0);
    writeFileSync(at('nameless.vmdk'), bytes);
    expect(take(pack('nameless.ova', at('base.vmdk'), at('nameless.vmdk')), 'raw')).toEqual([whole]);
  });

  /** The empty overlay with the changed bytes in it. */
  function overlayOf(name: string): string {
    writeFileSync(at('changed.bin'), changed.bytes);
    const write = `write -q -s ${at('changed.bin')} ${changed.at} ${changed.bytes.length}`;
    execFileSync(toolPath('qemu-io')!, ['-f', 'vmdk', '-c', write, at(name)], { stdio: 'ignore' });
    return at(name);
  }
});
