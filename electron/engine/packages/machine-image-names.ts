/** What the files of an AMI set are called: by Ubuntu (UEC), CirrOS, EC2's tools, OpenStack, and in /boot. */

export type SetRole = 'image' | 'kernel' | 'ramdisk' | 'loader' | 'floppy' | 'other';

export interface SetName {
  readonly role: SetRole;
  /** What the names of a set have in common: "cirros-0.3.5-x86_64", or the version of a pair out of /boot; may be ''. */
  readonly stem: string;
}

/** `name-vmlinuz-virtual`, `vmlinuz-6.1.0`, `name-kernel`, `name.aki`. */
const kernelWord = /(?:^|[-._])(vmlinu[xz]|bzimage|zimage|kernel|aki)(?=[-._]|$)/i;
/** `name-initrd`, `initrd.img-6.1.0`, `initramfs-6.1.0.img`, `name.ari`. */
const ramdiskWord = /(?:^|[-._])(initrd|initramfs|ramdisk|ari)(?=[-._]|$)/i;
const imageEnding = /\.(?:img|image|raw|ami|ext[234]|xfs|rootfs|root|qcow2|vmdk|vhdx?|vdi)$/i;
/** What CirrOS and others put before the ending. */
const imageSuffix = /[-._](?:blank|rootfs|root|disk|disk1|image|ami)$/i;

/** The role that the last part of `name` claims. What the file holds decides; this only says where to look first. */
export function readSetName(name: string): SetName {
  const base = name.slice(name.lastIndexOf('/') + 1);
  const ramdisk = ramdiskWord.exec(base);
  if (ramdisk !== null) return { role: 'ramdisk', stem: stemAround(base, ramdisk) };
  const helper = /^(.*)-(loader|floppy)$/.exec(base);
  if (helper !== null) return { role: helper[2] as 'loader' | 'floppy', stem: helper[1]! };
  const kernel = kernelWord.exec(base);
  if (kernel !== null && !imageEnding.test(base)) return { role: 'kernel', stem: stemAround(base, kernel) };
  if (!imageEnding.test(base)) return { role: 'other', stem: base };
  return { role: 'image', stem: base.replace(imageEnding, '').replace(imageSuffix, '') };
}

/** What stands before the word, else what stands behind it. */
function stemAround(base: string, word: RegExpExecArray): string {
  const before = base.slice(0, word.index);
  if (before !== '') return before;
  const behind = base.slice(word.index + word[0].length);
  return behind.replace(/^[-._]?(?:img(?=[-._]|$))?[-._]*/i, '').replace(imageEnding, '');
}
