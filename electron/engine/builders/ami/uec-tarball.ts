/** The builder of UEC tarballs: an AMI set in one tar.gz, named as Ubuntu and CirrOS name theirs. */
import type { Warning } from '#shared/domain/image.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { Builder } from '../driver.ts';
import { describeImage, nameField, openAsIs, readSetInputs, type SetInputs } from './set-inputs.ts';
import { copyMember, imageMember, setName, setNames } from './set-members.ts';

export const uec: Builder<'uec'> = {
  id: 'uec',
  title: inEnglish('UEC tarball'),
  help: inEnglish(
    'An image, its kernel and its ramdisk in one tar.gz; name the three files, one of them, or their folder.',
  ),
  extensions: ['tar.gz'],
  inputs: { kind: 'files', minimum: 1, maximum: 3 },
  fields: [nameField],
  assemble(inputs, fields, outputName) {
    const set = readSetInputs(inputs);
    const { image, kernel, ramdisk } = set;
    const name = setName(String(fields[nameField.name]), outputName);
    return {
      enclosure: 'tar+gzip',
      members: [
        imageMember(name, image),
        ...(kernel === null ? [] : [copyMember(setNames.kernel(name), () => openAsIs(kernel))]),
        ...(ramdisk === null ? [] : [copyMember(setNames.ramdisk(name), () => openAsIs(ramdisk))]),
      ],
      warnings: [...set.warnings, ...tarballWarnings(set)],
      close: () => {},
    };
  },
};

function tarballWarnings({ image, kernel }: SetInputs): Warning[] {
  const warnings: Warning[] = [];
  if (kernel === null) {
    const message = inEnglish('The tarball has no kernel; programs that publish such tarballs want one.');
    warnings.push({ code: 'ami.no-kernel', message });
  }
  if (describeImage(image) === null) {
    const message = inEnglish(
      'The image is no bare file system of Linux: a kernel beside it will not find its root on the whole disk.',
    );
    warnings.push({ code: 'ami.not-bare', message });
  }
  return warnings;
}
