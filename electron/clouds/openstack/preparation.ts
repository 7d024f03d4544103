/** OpenStack: an image of Glance, a set of three (AMI), or a medium. */
import type { HandOver, OutputRequest } from '#shared/domain/preparation.ts';
import { inEnglish } from '#shared/in-english.ts';
import { forms, usual, type HandOverSubject, type Preparation } from '../preparation.ts';
import { assigned, command, local, terraformBlock, terraformMap, type ShellText } from '../shell-words.ts';
import { diskFormatOf } from './glance.ts';
import { concerns } from './metadata-concerns.ts';
import { fields, propose } from './metadata.ts';

export const preparation: Preparation = {
  ...usual,
  targets: [forms.qcow2, forms.compressedQcow2, forms.raw, forms.streamVmdk],
  takesMedia: true,
  takesSets: true,
  fields,
  // What Glance keeps for itself cannot be set.
  ownNames: /^(?!os_glance)[a-zA-Z0-9_.:-]{1,255}$/,
  ownValues: true,
  concerns,
  propose,
  handOver,
};

/** The disk_format that an output is declared as. In a set, the image itself is `ami`. */
export function declaredFormat({ role, format }: OutputRequest, isSet: boolean): string {
  if (role === 'kernel') return 'aki';
  if (role === 'ramdisk') return 'ari';
  if (isSet) return 'ami';
  return role === 'medium' ? 'iso' : diskFormatOf({ kind: 'disk', format });
}

function handOver(subject: HandOverSubject): HandOver {
  const { outputs, name, metadata } = subject;
  const isSet = outputs.some(({ role }) => role === 'kernel');
  const ids: ShellText[] = [];
  const commands = outputs.map((output, index) => {
    const isLast = index === outputs.length - 1;
    const diskFormat = declaredFormat(output, isSet);
    const own =
      outputs.length > 1 && !(isSet && isLast) ? `${name}-${isSet ? output.role : index + 1}` : name;
    const properties = isSet && !isLast ? {} : metadata;
    const words = [
      ...['openstack', 'image', 'create', '--disk-format', diskFormat],
      ...['--container-format', isSet ? diskFormat : 'bare', '--file', local(output.fileName)],
      ...Object.entries(properties).flatMap(([key, value]) => ['--property', `${key}=${value}`]),
    ];
    if (isSet && !isLast) {
      const id = output.role === 'kernel' ? 'KERNEL_ID' : 'RAMDISK_ID';
      ids.push({ shell: `--property ${id.toLowerCase()}="$${id}"` });
      const line = assigned(id, command(...words, '--format', 'value', '--column', 'id', own));
      return {
        title: output.role === 'kernel' ? inEnglish('Upload the kernel') : inEnglish('Upload the RAM disk'),
        command: line,
      };
    }
    return {
      title: inEnglish('Upload {fileName}', { fileName: output.fileName }),
      command: command(...words, ...(isSet ? ids : []), own),
    };
  });
  return { commands, terraform: terraform(subject, isSet) };
}

function terraform({ outputs, name, metadata }: HandOverSubject, isSet: boolean): string {
  return outputs
    .map((output, index) => {
      const isLast = index === outputs.length - 1;
      const label = isSet ? output.role : index === 0 ? 'image' : `image_${index + 1}`;
      const diskFormat = declaredFormat(output, isSet);
      const others = outputs.filter(({ role }) => role === 'kernel' || role === 'ramdisk');
      const references = others.map(({ role }) => `    "${role}_id" = openstack_images_image_v2.${role}.id`);
      const properties = terraformMap(metadata) as { readonly expression: string };
      const joined =
        isSet && isLast
          ? { expression: properties.expression.replace(/^\{/, ['{', ...references].join('\n')) }
          : properties;
      return terraformBlock(`resource "openstack_images_image_v2" "${label}"`, {
        name:
          isLast || !isSet
            ? index === 0 || isSet
              ? name
              : `${name}-${index + 1}`
            : `${name}-${output.role}`,
        local_file_path: output.fileName,
        disk_format: diskFormat,
        container_format: isSet ? diskFormat : 'bare',
        properties: isSet && !isLast ? null : joined,
      });
    })
    .join('\n\n');
}
