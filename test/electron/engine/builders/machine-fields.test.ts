import { describe, expect, it } from 'vitest';
import { inWords } from '#shared/text/in-words.ts';
import { builders } from '#engine/builders/registry.ts';
import { fileStem, machineFields, readMachine, textValue } from '#engine/builders/machine-fields.ts';
import { resolveOptions } from '#engine/operations/target.ts';
import type { OptionValues } from '#shared/domain/conversion.ts';
import { failureOf } from '../../../fixtures/packages/recording.ts';

const values = (given: OptionValues = {}): OptionValues => resolveOptions(machineFields, given, 'x');

describe('the fields of a machine', () => {
  it('have defaults that make one', () => {
    expect(readMachine(values(), 1, 'box')).toMatchObject({
      name: 'box',
      os: { id: 'linux' },
      vcpus: 2,
      memoryMib: 2048,
      nicCount: 1,
      nicModel: 'E1000',
      network: 'VM Network',
      firmware: 'bios',
      controller: { subtype: 'lsilogic' },
      hardwareVersion: 'vmx-13',
      product: null,
      eula: null,
    });
  });

  it('take what a person types', () => {
    const typed = { name: ' a ', vcpus: '4', firmware: 'efi', diskController: 'sata', eula: 'one\ntwo' };
    expect(readMachine(values(typed), 30, 'box')).toMatchObject({
      name: 'a',
      vcpus: 4,
      firmware: 'efi',
      controller: { subtype: 'vmware.sata.ahci' },
      eula: 'one\ntwo',
    });
    expect(textValue({ a: '  ' }, 'a')).toBeNull();
  });

  it.each([
    { name: 'a\nb' },
    { name: '\u0007' },
    { vcpus: 0 },
    { memoryMiB: 1.5 },
    { diskController: 'floppy' },
    { nics: 11 },
  ])('%j is refused', (given) => expect(failureOf(() => values(given)).code).toBe('input.invalid'));

  it('a controller holds so many disks', () => {
    expect(failureOf(() => readMachine(values({ diskController: 'ide' }), 5, 'x'))).toMatchObject({
      code: 'input.invalid',
      details: { problem: 'IDE holds 4 disks, not 5; choose another disk controller' },
    });
  });

  it.each(['ova', 'ovf', 'repack', 'box-libvirt', 'box-virtualbox'])(
    '%s declares each field once, with a line of help',
    (id) => {
      const { fields } = builders.find((builder) => builder.id === id)!;
      expect(new Set(fields.map(({ name }) => name)).size).toBe(fields.length);
      for (const { title, help } of fields)
        expect([title.length > 0, inWords(help).length > 0, inWords(help).includes('\n')]).toEqual([
          true,
          true,
          false,
        ]);
      expect(
        resolveOptions(fields, Object.fromEntries(fields.map((field) => [field.name, field.default])), id),
      ).toBeDefined();
    },
  );
});

it.each([
  ['web server', 'web_server'],
  ['../../etc/passwd', 'etc_passwd'],
  ['Ünïcode', 'n_code'],
  ['日本', 'machine'],
  ['.hidden.', 'hidden'],
  ['a'.repeat(300), 'a'.repeat(80)],
])('fileStem(%j)', (name, stem) => expect(fileStem(name)).toBe(stem));
