/** Builders around AMI sets: a set from a disk, a UEC tarball from a set, a disk from a set. */
export { amiDisk } from './ami-disk.ts';
export { ami } from './from-disk.ts';
export { uec } from './uec-tarball.ts';
