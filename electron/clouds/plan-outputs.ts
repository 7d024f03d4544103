/** Which file each disk of an image becomes: as it is, written anew, or one of a set. */
import type { Growth, SourceReference } from '#shared/domain/conversion.ts';
import type { OutputRequest, PreparationRequest } from '#shared/domain/preparation.ts';
import type { DiskFacts, PreflightFacts } from '#shared/domain/preflight.ts';
import { Failure } from '#shared/failure.ts';
import { fileNameOf } from '#shared/text/paths.ts';
import { asValue, inEnglish, type Message } from '#shared/in-english.ts';
import { formatName } from '#shared/domain/format-name.ts';
import type { Cloud } from './cloud.ts';
import { takesWhole, type JudgedFinding } from './preflight.ts';
import type { CloudTarget } from './preparation.ts';

/** One disk that becomes one file. */
export interface PlannedDisk {
  readonly facts: DiskFacts;
  readonly output: OutputRequest;
  /** What is known of the disk's size afterwards, in bytes. */
  readonly virtualBytes: number | null;
  readonly copied: boolean;
}

/** The target that stands for the file as it is. */
export const untouched = { id: 'as-is', title: inEnglish('As it is') };

export interface PlanParts {
  readonly cloud: Cloud;
  readonly facts: PreflightFacts;
  readonly request: PreparationRequest;
  readonly before: readonly JudgedFinding[];
  readonly fixes: readonly string[];
  readonly name: string;
}

/** The files, in the order in which they are handed over. @throws Failure `input.invalid`. */
export function planOutputs(parts: PlanParts): readonly PlannedDisk[] {
  const { cloud, facts, request, name } = parts;
  const target = chosenTarget(cloud, request.target);
  if (takesWhole(cloud, facts) && target === null && request.disks === undefined) return wholePackage(parts);
  const disks = chosenDisks(facts, request.disks);
  const set = cloud.preparation.takesSets && target === null ? setOutputs(parts, disks) : null;
  if (set !== null) return set;
  return disks.map((disk, index) => {
    const own = disks.length === 1 ? name : `${name}-${index + 1}`;
    return planDisk(parts, disk, own, target);
  });
}

/** Null where none was asked for, or the file is to stay as it is. @throws Failure `input.invalid`. */
function chosenTarget({ title, preparation }: Cloud, id: string | undefined): CloudTarget | null {
  if (id === undefined || id === untouched.id) return null;
  const target = preparation.targets.find((candidate) => candidate.id === id);
  if (target !== undefined) return target;
  const known = preparation.targets.map((candidate) => candidate.id).join(', ');
  throw invalid(inEnglish('for {title}, there is no target "{id}"; there is {known}', { title, id, known }));
}

function chosenDisks(
  { disks, kind, format }: PreflightFacts,
  names: readonly string[] | undefined,
): readonly DiskFacts[] {
  const usable = disks.filter((disk) => disk.kind === 'disk' || disk.kind === 'optical');
  if (usable.length === 0)
    throw invalid(
      kind === 'package'
        ? inEnglish('the package holds no disk')
        : inEnglish('this is no disk, but a {format} file', { format: formatName(format) }),
    );
  if (names === undefined) return usable;
  const unknown = names.find((wanted) => !usable.some(({ name }) => name === wanted));
  if (unknown !== undefined) {
    throw invalid(
      inEnglish('there is no disk "{unknown}"; there is {usable}', {
        unknown,
        usable: { allOf: usable.map(({ name }) => name ?? asValue(inEnglish('one without a name'))) },
      }),
    );
  }
  return usable.filter(({ name }) => name !== null && names.includes(name));
}

/** One disk: as it is where no fix touches it and it is in one piece, else written anew. */
function planDisk(parts: PlanParts, disk: DiskFacts, name: string, target: CloudTarget | null): PlannedDisk {
  const { cloud, facts, request } = parts;
  const { preparation } = cloud;
  const source = sourceOf(request.source, disk);
  const mends = new Set(mendingsOf(parts, disk));
  const isAlone = disk.parent === null && disk.furtherFiles.length === 0;
  const isCopy =
    request.target === untouched.id ||
    (target === null && facts.kind !== 'package' && mends.size === 0 && isAlone);
  if (isCopy) return copiedDisk(disk, source, name, facts);
  const medium = disk.kind === 'optical' && preparation.takesMedia && target === null;
  const grows = mends.has('growth') ? preparation.growth : null;
  const growth = grows ?? (mends.has('backup-gpt') ? { unitBytes: 1, leastBytes: 0 } : null);
  const form = target ?? preparation.targets[0];
  const virtualBytes = grownBytes(disk.virtualSizeBytes, grows);
  if (medium) {
    const output = {
      role: 'medium',
      fileName: `${name}.iso`,
      source,
      target: { format: 'raw' },
      format: 'iso',
      variant: null,
      wrapper: null,
    } as const;
    return { facts: disk, output, virtualBytes, copied: false };
  }
  const { options } = request;
  const output: OutputRequest = {
    role: 'disk',
    fileName: `${name}.${form.extension}`,
    source: growth === null ? source : { ...source, grown: growth },
    target:
      options === undefined
        ? form.target
        : { ...form.target, options: { ...form.target.options, ...options } },
    format: form.target.format,
    variant: form.target.variant ?? null,
    wrapper: form.target.wrapper ?? null,
  };
  return { facts: disk, output, virtualBytes, copied: false };
}

function mendingsOf({ before, fixes, facts }: PlanParts, disk: DiskFacts): JudgedFinding['mends'][] {
  return before
    .filter(
      ({ finding, disk: index }) =>
        fixes.includes(finding.rule) && index !== null && facts.disks[index] === disk,
    )
    .map(({ mends }) => mends);
}

function grownBytes(bytes: number | null, growth: Growth | null): number | null {
  if (bytes === null || growth === null) return bytes;
  return Math.ceil(Math.max(bytes, growth.leastBytes) / growth.unitBytes) * growth.unitBytes;
}

/** The bytes as they lie, under a name that says what they are. */
function copiedDisk(
  disk: DiskFacts,
  source: SourceReference,
  name: string,
  facts: PreflightFacts,
): PlannedDisk {
  const original = disk.member ?? facts.path;
  const ending =
    /\.[A-Za-z0-9]{1,8}(?:\.(?:gz|xz|bz2|zst))?$/.exec(fileNameOf(original))?.[0] ?? `.${disk.format}`;
  const output: OutputRequest = {
    role: disk.kind === 'optical' ? 'medium' : 'disk',
    fileName: `${name}${ending}`,
    source: { ...source, format: 'raw' },
    target: { format: 'raw' },
    format: disk.format,
    variant: disk.variant,
    wrapper: disk.wrapper,
  };
  return { facts: disk, output, virtualBytes: disk.virtualSizeBytes, copied: true };
}

/** Kernel and RAM disk first, then the image, each as a file of its own; null where this is no set. */
function setOutputs(
  { facts, request, name }: PlanParts,
  disks: readonly DiskFacts[],
): readonly PlannedDisk[] | null {
  const { set } = facts;
  const [disk] = disks;
  const layout = disk?.layout ?? null;
  // Nobody looks into a disk in a tarball that has to be read from its start: what lies beside it tells.
  const isBare =
    layout === null ? facts.kind === 'package' : layout.scheme === null && layout.wholeDisk !== null;
  if (set?.kernel == null || disk === undefined || disks.length !== 1 || !isBare) return null;
  const member = (role: 'kernel' | 'ramdisk', fileName: string, source: SourceReference): PlannedDisk => ({
    facts: disk,
    output: { role, fileName, source, target: { format: 'raw' }, format: role, variant: null, wrapper: null },
    virtualBytes: null,
    copied: true,
  });
  return [
    member('kernel', `${name}-vmlinuz`, set.kernel),
    ...(set.ramdisk === null ? [] : [member('ramdisk', `${name}-initrd`, set.ramdisk)]),
    {
      facts: disk,
      output: {
        role: 'disk',
        fileName: `${name}.img`,
        source: sourceOf(request.source, disk),
        target: { format: 'raw' },
        format: 'raw',
        variant: null,
        wrapper: null,
      },
      virtualBytes: disk.virtualSizeBytes,
      copied: false,
    },
  ];
}

/** A package that is taken whole: one file, or the descriptor with all that it names. */
function wholePackage({ facts, request, name }: PlanParts): readonly PlannedDisk[] {
  const [disk] = facts.disks;
  if (disk === undefined) throw invalid(inEnglish('the package holds no disk'));
  const one = (fileName: string, source: SourceReference): PlannedDisk => ({
    facts: disk,
    output: {
      role: 'package',
      fileName,
      source: { ...source, format: 'raw' },
      target: { format: 'raw' },
      format: facts.format,
      variant: null,
      wrapper: null,
    },
    virtualBytes: null,
    copied: true,
  });
  if (facts.format !== 'ovf') {
    const ending = /\.[A-Za-z0-9]{1,8}$/.exec(fileNameOf(facts.path))?.[0] ?? `.${facts.format}`;
    return [one(`${name}${ending}`, request.source)];
  }
  const files = facts.machine?.files ?? [];
  const nested = files.find((file) => /[/\\]/.test(file));
  if (nested !== undefined)
    throw invalid(
      inEnglish('the package names files in folders ("{nested}"): make an OVA of it first', { nested }),
    );
  // The descriptor names its files: they keep their names.
  return files.map((file) => one(file, { ...request.source, member: file }));
}

function sourceOf(source: SourceReference, { member }: DiskFacts): SourceReference {
  return member === null ? source : { ...source, member };
}

function invalid(problem: Message): Failure<'input.invalid'> {
  return new Failure('input.invalid', { problem });
}
