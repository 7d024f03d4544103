/** What an upload to Glance takes, and what is asked for it. */
import type { UploadDescription, UploadOption } from '#shared/domain/cloud-description.ts';
import { inEnglish } from '#shared/in-english.ts';
import { dynamicVhd, qcow2, streamOptimizedVmdk } from '../conversions.ts';

export const visibilities = ['private', 'shared', 'community', 'public'] as const;

const options: readonly UploadOption[] = [
  {
    name: 'visibility',
    title: inEnglish('Who may use it'),
    help: '',
    type: 'choice',
    default: 'private',
    choices: visibilities,
    titles: {
      private: inEnglish('Private: this project'),
      shared: inEnglish('Shared: projects that are named'),
      community: inEnglish('Community: who knows its id'),
      public: inEnglish('Public: everybody'),
    },
  },
  {
    name: 'isProtected',
    title: inEnglish('Nobody can delete it'),
    help: '',
    type: 'boolean',
    default: false,
  },
  {
    name: 'method',
    title: inEnglish('How it gets there'),
    help: inEnglish('An import lets the cloud convert the image and spread it over its stores.'),
    type: 'choice',
    default: 'upload',
    choices: ['upload', 'glance-direct'],
    titles: {
      upload: inEnglish('Plain upload'),
      'glance-direct': inEnglish('Import by the cloud (glance-direct)'),
    },
    further: true,
    asksCloud: true,
  },
  {
    name: 'stores',
    title: inEnglish('Stores'),
    help: inEnglish('Where the cloud keeps it; its own choice when none is named. An import takes several.'),
    type: 'text',
    default: '',
    lines: 2,
    further: true,
    asksCloud: true,
  },
  {
    name: 'tags',
    title: inEnglish('Tags'),
    help: inEnglish('One a line.'),
    type: 'text',
    default: '',
    lines: 2,
    further: true,
  },
  {
    name: 'minDiskGigabytes',
    title: inEnglish('Least disk (GB)'),
    help: inEnglish('Of a machine that is started from it.'),
    type: 'integer',
    default: 0,
    minimum: 0,
    maximum: 1 << 30,
    further: true,
  },
  {
    name: 'minMemoryMegabytes',
    title: inEnglish('Least memory (MB)'),
    help: inEnglish('Of a machine that is started from it.'),
    type: 'integer',
    default: 0,
    minimum: 0,
    maximum: 1 << 30,
    further: true,
  },
  {
    name: 'diskFormat',
    title: inEnglish('Disk format'),
    help: inEnglish('What the cloud is told that it is: qcow2, raw, vmdk, … What the file says, when empty.'),
    type: 'text',
    default: '',
    pattern: '[a-z0-9_-]{1,32}',
    further: true,
  },
  {
    name: 'containerFormat',
    title: inEnglish('Container format'),
    help: inEnglish('Bare, or that of a set of three, when empty.'),
    type: 'text',
    default: '',
    pattern: '[a-z0-9_-]{1,32}',
    further: true,
  },
];

export const uploads: UploadDescription = {
  nameTitle: inEnglish('Name in the cloud'),
  nameSuffix: '',
  kinds: ['file', 'raw'],
  rawTitle: inEnglish('As a raw disk, read out while it is sent'),
  // A fixed VHD is taken for a raw disk by Glance's inspection.
  conversions: [qcow2, streamOptimizedVmdk, dynamicVhd],
  takesCompressed: false,
  fetches: true,
  takesSets: true,
  properties: { help: inEnglish('One a line, as name=value: os_distro=debian, hw_firmware_type=uefi, …') },
  options,
};

/** What the options of an upload say. */
export interface GlanceOptions {
  readonly visibility: string;
  readonly isProtected: boolean;
  readonly isImport: boolean;
  readonly stores: readonly string[];
  readonly tags: readonly string[];
  readonly minDiskGigabytes: number;
  readonly minMemoryMegabytes: number;
  /** Null for what the file says. */
  readonly diskFormat: string | null;
  readonly containerFormat: string | null;
}

/** @param values resolved: each in its declared type. */
export function glanceOptions(values: Readonly<Record<string, string | number | boolean>>): GlanceOptions {
  const lines = (name: string): readonly string[] =>
    String(values[name])
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  const word = (name: string): string | null => (values[name] === '' ? null : String(values[name]));
  return {
    visibility: String(values['visibility']),
    isProtected: values['isProtected'] === true,
    isImport: values['method'] === 'glance-direct',
    stores: lines('stores'),
    tags: lines('tags'),
    minDiskGigabytes: Number(values['minDiskGigabytes']),
    minMemoryMegabytes: Number(values['minMemoryMegabytes']),
    diskFormat: word('diskFormat'),
    containerFormat: word('containerFormat'),
  };
}
