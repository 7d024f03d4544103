import { describe, expect, it } from 'vitest';
import { readSetName } from '#engine/packages/machine-image-names.ts';

describe('readSetName', () => {
  it.each([
    ['precise-server-cloudimg-amd64.img', 'image', 'precise-server-cloudimg-amd64'],
    ['precise-server-cloudimg-amd64-vmlinuz-virtual', 'kernel', 'precise-server-cloudimg-amd64'],
    ['precise-server-cloudimg-amd64-loader', 'loader', 'precise-server-cloudimg-amd64'],
    ['precise-server-cloudimg-amd64-floppy', 'floppy', 'precise-server-cloudimg-amd64'],
    ['README.files', 'other', 'README.files'],
    ['karmic-uec-i386-initrd-virtual', 'ramdisk', 'karmic-uec-i386'],
    ['xenial-server-cloudimg-ppc64el-vmlinux-generic', 'kernel', 'xenial-server-cloudimg-ppc64el'],
    ['cirros-0.3.5-x86_64-vmlinuz', 'kernel', 'cirros-0.3.5-x86_64'],
    ['cirros-0.3.5-x86_64-initrd', 'ramdisk', 'cirros-0.3.5-x86_64'],
    ['cirros-0.3.5-x86_64-blank.img', 'image', 'cirros-0.3.5-x86_64'],
    ['cirros-0.3.5-x86_64-rootfs.img', 'image', 'cirros-0.3.5-x86_64'],
    ['vmlinuz-6.1.0-13-amd64', 'kernel', '6.1.0-13-amd64'],
    ['initrd.img-6.1.0-13-amd64', 'ramdisk', '6.1.0-13-amd64'],
    ['initramfs-5.14.0-70.el9.x86_64.img', 'ramdisk', '5.14.0-70.el9.x86_64'],
    ['initrd.img', 'ramdisk', ''],
    ['a/b/debian.aki', 'kernel', 'debian'],
    ['debian.ari', 'ramdisk', 'debian'],
    ['debian.ami', 'image', 'debian'],
    ['my-kernel', 'kernel', 'my'],
    ['kernel-builder.img', 'image', 'kernel-builder'],
  ])('%s is the %s of %s', (name, role, stem) => {
    expect(readSetName(name)).toEqual({ role, stem });
  });
});
