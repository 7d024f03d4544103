/** What is known of a cloud for preparing an image: what it is written as, its metadata, and what to run there. */
import type { Growth, TargetRequest } from '#shared/domain/conversion.ts';
import type {
  HandOver,
  Metadata,
  MetadataConcern,
  MetadataField,
  MetadataProposal,
  OutputRequest,
} from '#shared/domain/preparation.ts';
import type { PreflightFacts } from '#shared/domain/preflight.ts';
import { inEnglish } from '#shared/in-english.ts';

/** One form that the cloud takes a disk in. */
export interface CloudTarget {
  readonly id: string;
  readonly title: string;
  readonly target: TargetRequest;
  /** The ending of the file. */
  readonly extension: string;
}

/** What a hand-over is written for. Commands run in the folder of the files. */
export interface HandOverSubject {
  readonly facts: PreflightFacts;
  /** In the order in which they are handed over. */
  readonly outputs: readonly OutputRequest[];
  /** Of the outputs, in their order; null where it is not known before the disk is read. In bytes. */
  readonly virtualSizes: readonly (number | null)[];
  /** What the image will be called there. */
  readonly name: string;
  readonly metadata: Metadata;
}

export interface Preparation {
  /** What a disk is written as: the form that the cloud takes best comes first. */
  readonly targets: readonly [CloudTarget, ...CloudTarget[]];
  /** What disks are grown to, where a rule asks for it. */
  readonly growth: Growth | null;
  /** Media are taken as they are. */
  readonly takesMedia: boolean;
  /** Kernel, RAM disk and image are taken as a set of three. */
  readonly takesSets: boolean;
  readonly fields: readonly MetadataField[];
  /** Values of its own beyond the fields are kept, as long as their names match. Null: there are none. */
  readonly ownNames: RegExp | null;
  /** Values that a choice does not list are kept, too. */
  readonly ownValues: boolean;
  /** What of all values together would come to nothing, or hinder a machine. */
  concerns(metadata: Metadata): readonly MetadataConcern[];
  /** What follows from the image. Every name is one of the fields. */
  propose(facts: PreflightFacts): readonly MetadataProposal[];
  handOver(subject: HandOverSubject): HandOver;
}

const sparseRaw = { format: 'raw' };

/** The forms that several clouds take. */
export const forms = {
  qcow2: { id: 'qcow2', title: 'qcow2', target: { format: 'qcow2' }, extension: 'qcow2' },
  compressedQcow2: {
    id: 'qcow2-zlib',
    title: inEnglish('qcow2, compressed'),
    target: { format: 'qcow2', variant: 'zlib' },
    extension: 'qcow2',
  },
  raw: { id: 'raw', title: inEnglish('Raw disk'), target: sparseRaw, extension: 'raw' },
  rawGzip: {
    id: 'raw-gzip',
    title: inEnglish('Raw disk in gzip'),
    target: { ...sparseRaw, wrapper: 'gzip' },
    extension: 'raw.gz',
  },
  rawXz: {
    id: 'raw-xz',
    title: inEnglish('Raw disk in xz'),
    target: { ...sparseRaw, wrapper: 'xz' },
    extension: 'raw.xz',
  },
  streamVmdk: {
    id: 'vmdk',
    title: inEnglish('Stream-optimized VMDK'),
    target: { format: 'vmdk', variant: 'streamOptimized' },
    extension: 'vmdk',
  },
  dynamicVhd: {
    id: 'vhd',
    title: inEnglish('Dynamic VHD'),
    target: { format: 'vhd', variant: 'dynamic' },
    extension: 'vhd',
  },
  fixedVhd: {
    id: 'vhd-fixed',
    title: inEnglish('Fixed VHD'),
    target: { format: 'vhd', variant: 'fixed' },
    extension: 'vhd',
  },
  dynamicVhdx: {
    id: 'vhdx',
    title: inEnglish('Dynamic VHDX'),
    target: { format: 'vhdx', variant: 'dynamic' },
    extension: 'vhdx',
  },
  dynamicVdi: {
    id: 'vdi',
    title: inEnglish('Dynamic VDI'),
    target: { format: 'vdi', variant: 'dynamic' },
    extension: 'vdi',
  },
} as const satisfies Record<string, CloudTarget>;

/** What most clouds have in common. */
export const usual = {
  growth: null,
  takesMedia: false,
  takesSets: false,
  fields: [],
  ownNames: null,
  ownValues: false,
  concerns: () => [],
  propose: () => [],
} satisfies Omit<Preparation, 'targets' | 'handOver'>;
