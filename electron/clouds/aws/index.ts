/** Amazon Web Services: blocks written straight into a snapshot, a file imported as a snapshot, a machine imported as an image. */
import { inEnglish } from '#shared/in-english.ts';
import type { Cloud } from '../cloud.ts';
import { ebs, imageImport, snapshotImport } from './preparation.ts';
import { ebsRules, imageRules, snapshotRules } from './rules.ts';
import { importSnapshot, prerequisites, startSnapshot } from './sources.ts';

export const aws: readonly Cloud[] = [
  {
    id: 'aws-ebs',
    title: inEnglish('AWS EBS direct'),
    kind: 'cloud',
    takes: inEnglish('Raw disks in whole GiB'),
    packages: { accepted: [], source: startSnapshot },
    rules: ebsRules,
    preparation: ebs,
  },
  {
    id: 'aws-snapshot',
    title: inEnglish('AWS snapshot import'),
    kind: 'cloud',
    takes: inEnglish('Raw, VHD, VHDX or VMDK'),
    packages: { accepted: [], source: importSnapshot },
    rules: snapshotRules,
    preparation: snapshotImport,
  },
  {
    id: 'aws-image',
    title: inEnglish('AWS VM Import'),
    kind: 'cloud',
    takes: inEnglish('OVA, stream-optimized VMDK, VHD, VHDX or raw'),
    packages: { accepted: ['ova'], source: prerequisites },
    rules: imageRules,
    preparation: imageImport,
  },
];
