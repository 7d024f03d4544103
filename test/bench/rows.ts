/** The rows of the benchmark: what both programs do, on which input, and how many times as fast Platter shall be. */
import type { InputName } from './inputs.ts';

/** What a row asks of the programs. */
export type Work =
  | { readonly kind: 'convert'; readonly source: InputName; readonly target: TargetName }
  /** A file that is compressed as a whole; qemu-img needs it decompressed into a file first. */
  | { readonly kind: 'unwrap'; readonly source: 'gz' | 'xz' | 'zst'; readonly target: TargetName }
  | { readonly kind: 'hash'; readonly source: InputName }
  | { readonly kind: 'compare'; readonly source: InputName; readonly second: InputName }
  | { readonly kind: 'check' | 'map' | 'info'; readonly source: 'huge' };

export interface Row {
  readonly id: string;
  readonly group: string;
  /** How many times as fast as qemu-img. */
  readonly goal: number;
  readonly work: Work;
  /** How large the output may be, in qemu-img's. */
  readonly sizeGoal?: number;
  readonly peakGoalBytes: number;
  /** DEFLATE is read or written, so that a run without libdeflate tells something. */
  readonly deflates: boolean;
  /** How qemu-img gets at the input, where that is not plain. */
  readonly note?: string;
}

/** A format as the programs are told to write it. */
export interface Target {
  /** As Platter and qemu-img name it. */
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  /** qemu-img's option sets; its fastest one counts. */
  readonly optionSets: readonly (readonly string[])[];
  /** What qemu-img calls the format, and whether its check knows it. */
  readonly format: string;
  readonly checked: boolean;
}

const plainSets = [[], ['-W', '-m', '16'], ['-m', '16']];
const packedSets = [
  ['-c', '-W'],
  ['-c', '-W', '-m', '16'],
];

export const targets = {
  raw: { ours: ['raw'], theirs: ['raw'], optionSets: plainSets, format: 'raw', checked: false },
  qcow2: { ours: ['qcow2'], theirs: ['qcow2'], optionSets: plainSets, format: 'qcow2', checked: true },
  'qcow2-zlib': {
    ours: ['qcow2', '--variant', 'zlib'],
    theirs: ['qcow2'],
    optionSets: packedSets,
    format: 'qcow2',
    checked: true,
  },
  'qcow2-zstd': {
    ours: ['qcow2', '--variant', 'zstd'],
    theirs: ['qcow2', '-o', 'compression_type=zstd'],
    optionSets: packedSets,
    format: 'qcow2',
    checked: true,
  },
  // The same file again: qemu-img has to take the disk out of it and put it in.
  'as-is': { ours: ['as-is'], theirs: ['qcow2'], optionSets: plainSets, format: 'qcow2', checked: true },
  vdi: { ours: ['vdi'], theirs: ['vdi'], optionSets: plainSets, format: 'vdi', checked: true },
  vhd: { ours: ['vhd'], theirs: ['vpc'], optionSets: plainSets, format: 'vpc', checked: false },
  vhdx: { ours: ['vhdx'], theirs: ['vhdx'], optionSets: plainSets, format: 'vhdx', checked: true },
  'vmdk-sparse': {
    ours: ['vmdk', '--variant', 'monolithicSparse'],
    theirs: ['vmdk'],
    optionSets: plainSets,
    format: 'vmdk',
    checked: true,
  },
  vmdk: {
    ours: ['vmdk', '--variant', 'streamOptimized'],
    theirs: ['vmdk', '-o', 'subformat=streamOptimized'],
    // Its grains have to be written in their order.
    optionSets: [[], ['-m', '16']],
    format: 'vmdk',
    checked: true,
  },
} as const satisfies Record<string, Target>;

export type TargetName = keyof typeof targets;

const peakOfConversions = 256 * 2 ** 20;
const peakOfTables = 300 * 1e6;

/** Everything that conversions of one group have in common. */
interface GroupGoals {
  readonly group: string;
  readonly goal: number;
  readonly sizeGoal?: number;
  readonly deflates?: boolean;
}

function conversions(
  goals: GroupGoals,
  sources: readonly InputName[],
  names: readonly TargetName[],
): readonly Row[] {
  return sources.flatMap((source) =>
    names
      .filter((target) => source !== target)
      .map((target) => ({
        id: `${source}→${target}`,
        work: { kind: 'convert', source, target } as const,
        peakGoalBytes: peakOfConversions,
        ...goals,
        deflates: goals.deflates ?? false,
        ...(source === 'ova' ? { note: ovaNote } : {}),
      })),
  );
}

const ovaNote = 'qemu-img reads the VMDK inside the tar, through a json: name with its offset and size';
const plain = ['raw', 'qcow2', 'vdi', 'vhd', 'vhdx', 'vmdk-sparse'] as const;

const unwrapping: readonly Row[] = (['gz', 'xz', 'zst'] as const).map((source) => ({
  id: `${source}→qcow2`,
  group: 'wrapped',
  goal: 1,
  work: { kind: 'unwrap', source, target: 'qcow2' },
  peakGoalBytes: peakOfConversions,
  deflates: source === 'gz',
  note: 'qemu-img does not read from a pipe: the disk is decompressed into a file first',
}));

const hashing: readonly Row[] = ([...plain, 'qcow2-zlib', 'qcow2-zstd', 'vmdk', 'ova'] as const).map(
  (source) => ({
    id: `hash:${source}`,
    group: 'hash',
    goal: 2,
    work: { kind: 'hash', source },
    peakGoalBytes: peakOfConversions,
    deflates: source === 'qcow2-zlib' || source === 'vmdk' || source === 'ova',
    note: 'against qemu-img convert -O raw, then sha256sum: qemu-img does not write into a pipe',
  }),
);

const comparing: readonly Row[] = (
  [
    ['raw', 'qcow2'],
    ['qcow2', 'vhdx'],
    ['raw', 'vmdk'],
  ] as const
).map(([source, second]) => ({
  id: `compare:${source}=${second}`,
  group: 'compare',
  goal: 1.5,
  work: { kind: 'compare', source, second },
  peakGoalBytes: peakOfConversions,
  deflates: second === 'vmdk',
}));

const tables: readonly Row[] = (['check', 'map', 'info'] as const).map((kind) => ({
  id: `${kind}:huge`,
  group: 'tables',
  goal: 1,
  work: { kind, source: 'huge' },
  peakGoalBytes: peakOfTables,
  deflates: false,
  note: 'a qcow2 of 2 TiB; with --gib 4 it has 4 million clusters',
}));

/** Compressed clusters that stay as they are, for which qemu-img opens and packs them again; and the whole file, copied. */
const unchanged: readonly Row[] = (
  [
    ['qcow2-zlib', 'qcow2-zlib', 2.5],
    ['qcow2-zstd', 'qcow2-zstd', 1.8],
    ['qcow2', 'as-is', 1.2],
  ] as const
).map(([source, target, goal]) => ({
  id: source === target ? `${source}→${target} again` : `${source}→${target}`,
  group: 'unchanged',
  goal,
  work: { kind: 'convert', source, target },
  sizeGoal: 1.02,
  peakGoalBytes: peakOfConversions,
  deflates: false,
}));

/** All rows, in the order of the goals. */
export const rows: readonly Row[] = [
  ...conversions({ group: 'inflate', goal: 4, deflates: true }, ['ova', 'vmdk'], ['qcow2', 'raw']),
  ...conversions({ group: 'inflate', goal: 3, deflates: true }, ['qcow2-zlib'], ['qcow2', 'raw']),
  ...conversions({ group: 'unzstd', goal: 1.8 }, ['qcow2-zstd'], ['qcow2', 'raw']),
  ...conversions(
    { group: 'deflate', goal: 2.5, sizeGoal: 1, deflates: true },
    ['raw', 'qcow2'],
    ['qcow2-zlib'],
  ),
  ...conversions({ group: 'zstd', goal: 1.8, sizeGoal: 1 }, ['raw', 'qcow2'], ['qcow2-zstd']),
  ...conversions({ group: 'deflate', goal: 5, sizeGoal: 1.02, deflates: true }, ['raw', 'qcow2'], ['vmdk']),
  ...conversions({ group: 'plain', goal: 1.2 }, plain, plain),
  ...unchanged,
  ...unwrapping,
  ...hashing,
  ...comparing,
  ...tables,
];
