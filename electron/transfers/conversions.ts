/** What images are converted to on their way to a cloud that takes the format. */
import type { UploadConversion } from '#shared/domain/cloud-description.ts';
import { inEnglish } from '#shared/in-english.ts';

export const qcow2: UploadConversion = {
  id: 'qcow2',
  title: inEnglish('As qcow2, converted while it is sent'),
  target: { format: 'qcow2' },
};

export const streamOptimizedVmdk: UploadConversion = {
  id: 'vmdk',
  title: inEnglish('As compressed VMDK, converted while it is sent'),
  target: { format: 'vmdk', variant: 'streamOptimized' },
};

export const dynamicVhd: UploadConversion = {
  id: 'vhd',
  title: inEnglish('As dynamic VHD, converted while it is sent'),
  target: { format: 'vhd', variant: 'dynamic' },
};

export const fixedVhd: UploadConversion = {
  id: 'fixed-vhd',
  title: inEnglish('As fixed VHD, converted while it is sent'),
  target: { format: 'vhd', variant: 'fixed' },
};

export const tarGzip: UploadConversion = {
  id: 'tar-gzip',
  title: inEnglish('Packed as tar.gz with disk.raw while it is sent'),
  target: { format: 'raw', wrapper: 'tar+gzip' },
};
