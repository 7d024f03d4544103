import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Message } from '#shared/in-english.ts';
import { inWords } from '#shared/text/in-words.ts';
import { build } from '#engine/operations/build.ts';
import { inspectPackage } from '#engine/operations/inspect.ts';
import { verifyPackage } from '#engine/operations/verify.ts';
import type { OptionValues } from '#shared/domain/conversion.ts';
import { Failure } from '#shared/failure.ts';
import * as dialects from '../../../../fixtures/packages/descriptors.ts';
import { failureOf } from '../../../../fixtures/packages/recording.ts';
import { tar, tarFile } from '../../../../fixtures/packages/tar-builder.ts';
import { prose } from '../../pattern.ts';
import { quietControl } from '../../quiet-control.ts';
import { scratchFolder } from '../../scratch.ts';

const folder = scratchFolder();
const disk = prose(70_000);
let count = 0;

/** The package with that descriptor and those files beside it, as an OVA. */
function packed(
  descriptor: string | Uint8Array,
  files: Readonly<Record<string, Uint8Array | string>>,
): string {
  const path = join(folder, `in-${count++}.ova`);
  writeFileSync(
    path,
    tar(tarFile('p.ovf', descriptor), ...Object.entries(files).map(([name, data]) => tarFile(name, data))),
  );
  return path;
}

function repack(path: string, fields: OptionValues) {
  const outputPath = join(folder, `out-${count++}.ova`);
  const { warnings } = build({ builder: 'repack', inputs: [{ path }], outputPath, fields }, quietControl());
  const info = inspectPackage(outputPath);
  expect(verifyPackage(outputPath, quietControl()).state).toBe('valid');
  return {
    outputPath,
    warnings,
    info,
    system: info.systems[0]!,
    text: memberOf(outputPath, 'p.ovf').toString('utf8'),
  };
}

/** Members of these small archives have short names and known places: each header is followed by its data. */
function memberOf(path: string, name: string): Buffer {
  const bytes = readFileSync(path);
  for (let at = 0; at < bytes.length && bytes[at] !== 0;) {
    const found = bytes.toString('latin1', at, at + 100).replace(/\0.*$/s, '');
    const size = parseInt(bytes.toString('latin1', at + 124, at + 135), 8);
    if (found === name) return bytes.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`${path} has no ${name}`);
}

const vmwareFiles = {
  'photo-disk1.vmdk': disk.subarray(0, 1024),
  'photo-disk2.vmdk': disk,
  'photo.nvram': 'abc',
};

describe('a package of VMware', () => {
  const path = packed(dialects.vmware, vmwareFiles);

  it('stays as it is when nothing is asked for', () => {
    const { text, info, outputPath } = repack(path, {});
    expect(text).toBe(dialects.vmware);
    expect(info.files.map(({ name }) => name)).toEqual(['p.ovf', 'p.mf', ...Object.keys(vmwareFiles)]);
    for (const [name, data] of Object.entries(vmwareFiles)) {
      expect(memberOf(outputPath, name).equals(Buffer.from(data))).toBe(true);
    }
  });

  it('gets what is asked for, and keeps the rest', () => {
    const fields = {
      name: 'R & D',
      osType: 'debian12',
      vcpus: 6,
      memoryMiB: 8192,
      nics: 3,
      product: 'Other',
      vendor: 'Else',
      version: '3',
      annotation: 'new\nnotes',
      eula: 'Be kinder.',
    };
    const { system, text, info } = repack(path, fields);
    expect(system).toMatchObject({
      name: 'R & D',
      os: 'Debian 12 (64-bit)',
      vcpus: 6,
      memoryBytes: 2 ** 33,
      firmware: 'efi',
      product: 'Other',
      vendor: 'Else',
      version: '3',
      productUrl: 'https://example.org/photo',
      annotation: 'new\nnotes',
    });
    expect(system.nics.map(({ name, network }) => [name, network])).toEqual(
      [1, 2, 3].map((number) => [`Network adapter ${number}`, 'VM Network']),
    );
    expect(system.disks.map(({ name }) => name)).toEqual(['photo-disk1.vmdk', 'photo-disk2.vmdk', 'scratch']);
    expect(info.licenses).toEqual([{ title: 'An end-user license agreement', text: 'Be kinder.' }]);
    expect(info.warnings).toEqual(inspectPackage(path).warnings);
    // Another configuration, the bounds and all else are as they were.
    expect(text).toContain('<rasd:ElementName>1 CPU</rasd:ElementName>');
    expect(text).toContain('<rasd:Reservation>1024</rasd:Reservation>');
    expect(text).toContain('vmw:osType="debian12_64Guest"');
    expect(text).toContain('<rasd:InstanceID>9</rasd:InstanceID>');
    expect(text).toContain('<rasd:InstanceID>10</rasd:InstanceID>');
    expect(text.match(/<vmw:(?:Extra)?Config /g)).toHaveLength(2);
  });

  it('may lose its network adapters', () => {
    const { system, text } = repack(path, { nics: 0 });
    expect(system.nics).toEqual([]);
    expect(text.length).toBeLessThan(dialects.vmware.length);
  });
});

describe('other dialects', () => {
  it('VirtualBox: its own section says the same, and the rest of it is warned of', () => {
    const path = packed(dialects.virtualBox1, { 'box-disk001.vmdk': disk, 'box-disk002.iso': disk });
    const { system, text, warnings } = repack(path, {
      name: 'new',
      osType: 'ubuntu',
      vcpus: 3,
      memoryMiB: 1024,
      nics: 1,
    });
    expect(system).toMatchObject({ name: 'new', os: 'Ubuntu (64-bit)', vcpus: 3, memoryBytes: 2 ** 30 });
    expect(text).toMatch(/<Name>new<\/Name>/);
    expect(text).toMatch(/<vbox:OSType ovf:required="false">Ubuntu_64<\/vbox:OSType>/);
    if (text.includes('<CPU')) expect(text).toMatch(/<CPU [^>]*count="3"/);
    expect(warnings.map(({ code }) => code)).toEqual(
      text.includes('vbox:Machine') ? ['package.ignored'] : [],
    );
  });

  it('without any of the sections gets them, under the prefix that it uses', () => {
    const descriptor = dialects
      .minimal({
        items:
          dialects.item({
            InstanceID: 1,
            ResourceType: 3,
            ElementName: '1 virtual CPU(s)',
            VirtualQuantity: 1,
          }) +
          dialects.item({
            InstanceID: 2,
            ResourceType: 4,
            ElementName: 'm',
            AllocationUnits: 'byte * 2^30',
            VirtualQuantity: 1,
          }),
      })
      .replace(/<(\/?)(?=[A-Z])/g, '<$1ovf:')
      .replace('xmlns="http://schemas.dmtf.org/ovf/envelope/1"', '');
    const fields = {
      name: 'n',
      osType: 'rhel9',
      product: 'p',
      version: 'v',
      annotation: 'a',
      eula: 'e',
      vcpus: 2,
      memoryMiB: 1500,
    };
    const { system, info, text } = repack(packed(descriptor, {}), fields);
    expect(system).toMatchObject({
      name: 'n',
      os: 'Red Hat Enterprise Linux 9 (64-bit)',
      vcpus: 2,
      memoryBytes: 1500 * 2 ** 20,
      product: 'p',
      vendor: null,
      version: 'v',
      annotation: 'a',
    });
    expect(info.licenses).toEqual([{ title: 'A licence', text: 'e' }]);
    expect(text).toContain('<rasd:ElementName>2 virtual CPU(s)</rasd:ElementName>');
    expect(text).not.toMatch(/<(?!\/?(?:ovf|rasd):|\?)/);
    expect(text).toMatch(/<ovf:OperatingSystemSection ovf:id="80">/);
  });

  it('in UTF-16 becomes UTF-8, and says so', () => {
    const descriptor = dialects.minimal({ after: '<Name>Größe</Name>' }).replace('UTF-8', 'UTF-16');
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(descriptor, 'utf16le')]);
    const { text, system } = repack(packed(bytes, {}), {});
    expect(text).toBe(descriptor.replace('UTF-16', 'UTF-8'));
    expect(system.name).toBe('Größe');
  });

  it('a translated name gives way to the new one', () => {
    const strings = '<Strings xml:lang="en-US"><Msg ovf:msgid="n">Translated</Msg></Strings>';
    const descriptor = dialects
      .minimal({ after: '<Name ovf:msgid="n">Plain</Name>' })
      .replace('</Envelope>', `${strings}</Envelope>`);
    expect(repack(packed(descriptor, {}), { name: 'Mine' }).system.name).toBe('Mine');
  });
});

describe('what belongs to a package', () => {
  const hash = (data: Uint8Array | string): string => createHash('sha1').update(data).digest('hex');
  const manifest = `SHA1(p.ovf)= ${hash(dialects.vmware)}\n`;

  it('a certificate is left out, with a word; the manifest is made anew', () => {
    const path = packed(dialects.vmware, { 'p.mf': manifest, 'p.cert': 'not one', ...vmwareFiles });
    const { info, warnings, outputPath } = repack(path, { vcpus: 1 });
    expect(info.certificate).toBeNull();
    expect(warnings).toEqual([
      {
        code: 'package.certificate',
        message: 'p.cert is left out: its signature belongs to the package as it was.',
      },
    ]);
    const lines = memberOf(outputPath, 'p.mf').toString().split('\n');
    expect(lines.map((line) => line.replace(/[0-9a-f]{64}$/, ''))).toEqual([
      'SHA256(p.ovf)= ',
      ...Object.keys(vmwareFiles).map((name) => `SHA256(${name})= `),
      '',
    ]);
  });

  it('chunks keep their bytes', () => {
    const files = '<File ovf:id="f" ovf:href="d.vmdk" ovf:chunkSize="4" ovf:size="6"/>';
    const chunks = { 'd.vmdk.000000000': 'abcd', 'd.vmdk.000000001': 'ef' };
    const { outputPath, info } = repack(packed(dialects.minimal({ files }), chunks), { name: 'x' });
    for (const [name, data] of Object.entries(chunks))
      expect(memberOf(outputPath, name).toString()).toBe(data);
    expect(info.warnings).toEqual([]);
  });

  it('a folder goes in and comes out', () => {
    const source = join(folder, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'p.ovf'), dialects.vmware);
    for (const [name, data] of Object.entries(vmwareFiles)) writeFileSync(join(source, name), data);
    const outputPath = join(folder, 'target');
    const inputs = [{ path: join(source, 'p.ovf') }];
    const fields = { packing: 'folder', name: 'x' };
    const { files } = build({ builder: 'repack', inputs, outputPath, fields }, quietControl());
    const names = ['p.ovf', 'p.mf', ...Object.keys(vmwareFiles)];
    expect(files.map(({ path }) => path)).toEqual(names.map((name) => join(outputPath, name)));
    expect(verifyPackage(join(outputPath, 'p.ovf'), quietControl()).state).toBe('valid');
  });
});

describe('a damaged descriptor', () => {
  it('ends in a Failure, or in a package that holds', () => {
    const everything = {
      name: 'n',
      osType: 'ubuntu',
      vcpus: 2,
      memoryMiB: 64,
      nics: 2,
      product: 'p',
      eula: 'e',
    };
    const characters = '<>"\'/= &';
    let done = 0;
    for (let step = 0; step < 150; step++) {
      const place = Math.floor((dialects.vmware.length * step) / 150);
      const damaged =
        dialects.vmware.slice(0, place) +
        characters[step % characters.length]! +
        dialects.vmware.slice(place + 1 + (step % 3));
      try {
        repack(packed(damaged, vmwareFiles), everything);
        done += 1;
      } catch (error) {
        expect(error, String((error as Error).stack)).toBeInstanceOf(Failure);
        expect((error as Failure).code).not.toBe('internal');
      }
    }
    expect(done).toBeGreaterThan(10);
  });
});

describe('what cannot be done', () => {
  const two = dialects
    .minimal({})
    .replace(
      /<VirtualSystem [^]*<\/VirtualSystem>/,
      (system) =>
        `<VirtualSystemCollection ovf:id="c"><Info/>${system}${system.replace('"vm"', '"vm2"')}</VirtualSystemCollection>`,
    );
  const problemOf = (path: string, fields: OptionValues): string =>
    inWords((failureOf(() => repack(path, fields)).details as { problem: Message }).problem);

  it('one of several machines has to be chosen', () => {
    const path = packed(two, {});
    expect(problemOf(path, { name: 'x' })).toBe(
      'the package has 2 machines; say which one to change: vm, vm2',
    );
    expect(problemOf(path, { name: 'x', machine: 'vm3' })).toMatch(/no machine "vm3"; it has: vm, vm2/);
    expect(repack(path, { name: 'x', machine: 'vm2' }).info.systems.map(({ name }) => name)).toEqual([
      'vm',
      'x',
    ]);
    expect(repack(path, {}).text).toBe(two);
  });

  it('numbers need a place to stand in', () => {
    const path = packed(dialects.minimal({}), {});
    expect(problemOf(path, { vcpus: 1 })).toMatch(/no item for processors/);
    expect(problemOf(path, { memoryMiB: 4 })).toMatch(/no item for memory/);
    expect(problemOf(path, { nics: 1 })).toMatch(/no network adapter that others could be like/);
  });

  it('a disk is no package', () => {
    const path = join(folder, 'disk.img');
    writeFileSync(path, disk);
    expect(problemOf(path, {})).toMatch(/not a package/);
  });
});
