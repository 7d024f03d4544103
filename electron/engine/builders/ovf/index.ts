/** Builders of OVF packages: one machine of disks and typed-in fields, as an OVA or as files in a folder. */
import type { OptionValues, SourceReference } from '#shared/domain/conversion.ts';
import { inEnglish } from '#shared/in-english.ts';
import { descriptorMember, diskFormatField, machineWarnings, packageDisks } from '../disk-members.ts';
import type { Assembly, Builder } from '../driver.ts';
import { fileStem, machineFields, readMachine } from '../machine-fields.ts';
import { manifestMember } from '../manifest-text.ts';

/** One controller of the usual kind holds that many. */
const mostDisks = 15;
const fields = [...machineFields, diskFormatField];

export const ova: Builder<'ova'> = {
  id: 'ova',
  title: 'OVA',
  help: inEnglish('One machine in one file, to be imported into VMware, VirtualBox and others.'),
  extensions: ['ova'],
  inputs: { kind: 'disks', minimum: 1, maximum: mostDisks },
  fields,
  assemble: (inputs, values, outputName) =>
    assemble('tar', inputs, values, outputName.replace(/\.ova$/i, '')),
};

export const ovf: Builder<'ovf'> = {
  id: 'ovf',
  title: inEnglish('OVF folder'),
  help: inEnglish('One machine as a descriptor, a manifest and its disks in a folder.'),
  extensions: [],
  inputs: { kind: 'disks', minimum: 1, maximum: mostDisks },
  fields,
  assemble: (inputs, values, outputName) => assemble('folder', inputs, values, outputName),
};

/** The descriptor comes first and the manifest after it (DSP0243 2.1, section 5.3), so that both can be read in a stream. */
function assemble(
  enclosure: Assembly['enclosure'],
  inputs: readonly SourceReference[],
  values: OptionValues,
  name: string,
): Assembly {
  const machine = readMachine(values, inputs.length, name);
  const stem = fileStem(name);
  const disks = packageDisks(
    inputs,
    String(values[diskFormatField.name]),
    machine.controller.vmdkAdapter,
    (index, extension) => `${stem}-disk${index + 1}.${extension}`,
  );
  const descriptor = descriptorMember(`${stem}.ovf`, machine, disks);
  const listed = [descriptor, ...disks.members].map((member) => member.name);
  return {
    enclosure,
    members: [descriptor, manifestMember(`${stem}.mf`, listed), ...disks.members],
    warnings: [...disks.warnings, ...machineWarnings(machine)],
    close: () => {},
  };
}
