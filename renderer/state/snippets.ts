/** Pieces of text that name an image to another program: commands for a shell, and definitions of machines. */
import type { Subject } from './subject.ts';
import { t } from '#shared/text/words.ts';

/** A word for a POSIX shell: as it is where nothing in it has a meaning there, else quoted. */
export function shellWord(text: string): string {
  return /^[\w%+,./:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

const xmlEntities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function xmlText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => xmlEntities[character]!);
}

/** The formats by the names that QEMU and libvirt know them by, where those are not ours. */
const qemuNames: Readonly<Record<string, string>> = { vhd: 'vpc', iso: 'raw', hdd: 'parallels' };

function qemuFormat({ format }: Subject): string {
  return qemuNames[format] ?? format;
}

/** A name that Terraform takes for a resource. */
function resourceName(name: string): string {
  const plain = name.replace(/\.[^.]*$/, '').replace(/[^A-Za-z0-9_-]+/g, '_');
  return /^[A-Za-z_]/.test(plain) ? plain : `disk_${plain}`;
}

export interface Snippet {
  readonly id: string;
  readonly title: string;
  readonly of: (subject: Subject) => string;
}

export const snippets: readonly Snippet[] = [
  {
    id: 'qemu-img',
    title: t('qemu-img command'),
    of: (subject) => `qemu-img info -f ${qemuFormat(subject)} ${shellWord(subject.path)}`,
  },
  {
    id: 'libvirt',
    title: t('libvirt disk'),
    of: (subject) =>
      subject.kind === 'optical'
        ? `<disk type="file" device="cdrom">
  <driver name="qemu" type="raw"/>
  <source file="${xmlText(subject.path)}"/>
  <target dev="sda" bus="sata"/>
  <readonly/>
</disk>`
        : `<disk type="file" device="disk">
  <driver name="qemu" type="${qemuFormat(subject)}"/>
  <source file="${xmlText(subject.path)}"/>
  <target dev="vda" bus="virtio"/>
</disk>`,
  },
  {
    id: 'virtualbox',
    title: t('VirtualBox command'),
    of: ({ path, kind }) =>
      `VBoxManage storageattach MACHINE --storagectl SATA --port 0 --device 0 --type ${kind === 'optical' ? 'dvddrive' : 'hdd'} --medium ${shellWord(path)}`,
  },
  {
    id: 'terraform',
    title: t('Terraform volume'),
    of: (subject) => `resource "libvirt_volume" "${resourceName(subject.name)}" {
  name   = ${hclText(subject.name)}
  pool   = "default"
  source = ${hclText(subject.path)}
  format = "${qemuFormat(subject)}"
}`,
  },
];

/** A string in HCL: quoted, and without what would be looked up. */
function hclText(text: string): string {
  return JSON.stringify(text).replace(/[$%]\{/g, (opening) => opening[0]! + opening);
}
