/** preflight-facts: everything that the clouds' rules look at in a file, read once and bounded; it judges nothing. */
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { PartitionTable } from '#shared/domain/guest.ts';
import type { ImageInfo } from '#shared/domain/image.ts';
import type { PackageInfo } from '#shared/domain/package.ts';
import type {
  BootSet,
  DiskFacts,
  DiskLayout,
  MachineFacts,
  PreflightFacts,
} from '#shared/domain/preflight.ts';
import { Failure } from '#shared/failure.ts';
import { FileSource } from '../bytes/source.ts';
import { findSet } from '../builders/ami/find-set.ts';
import type { Control } from '../control.ts';
import { certainDrivers } from '../disks/registry.ts';
import { findBoot } from '../guests/boot-ability.ts';
import { DiskSource } from '../guests/disk-source.ts';
import { openDisk, openSource } from '../pipeline/open.ts';
import { inspectFormats } from './format-inspection/inspect-formats.ts';
import { inspect, inspectPackage } from './inspect.ts';

/** No machine has as many; those of a larger package are left out. */
const mostDisks = 64;
const mostFiles = 256;

/** The facts of the image or package that `reference` names. @throws Failure `io.*`, `image.*`, `package.*`. */
export function preflightFacts(reference: SourceReference, control: Control): PreflightFacts {
  const info = inspect(reference, control, false);
  const { path, kind, format, fileSizeBytes: fileBytes } = info;
  if (kind !== 'package') {
    const disk = diskFacts(null, info, reference, control);
    return { path, kind, format, fileBytes, machine: null, set: setBeside(reference, disk), disks: [disk] };
  }
  const content = inspectPackage(reference.path);
  const held = content.systems.flatMap(({ disks }) => disks);
  const disks = held
    .filter(({ file, parent }) => file !== null && parent === null)
    .slice(0, mostDisks)
    .map(({ name, file }) => {
      const member = { ...reference, member: file! };
      return diskFacts(name, inspect(member, control, false), member, control);
    });
  return {
    path,
    kind,
    format,
    fileBytes,
    machine: machineFacts(content),
    set: setWithin(content, reference),
    disks,
  };
}

function machineFacts({ systems, files }: PackageInfo): MachineFacts | null {
  const [system] = systems;
  if (system === undefined) return null;
  return {
    name: system.name,
    system: system.os,
    vcpus: system.vcpus,
    memoryBytes: system.memoryBytes,
    firmware: system.firmware,
    controller: system.disks.find(({ file }) => file !== null)?.controller ?? null,
    nicModel: system.nics[0]?.model ?? null,
    files: files.slice(0, mostFiles).map(({ name }) => name),
  };
}

/** Kernel and RAM disk are taken as they lie. */
function setWithin({ files }: PackageInfo, reference: SourceReference): BootSet | null {
  const [kernel, ramdisk] = (['kernel', 'ramdisk'] as const).map((role) => {
    const file = files.find((candidate) => candidate.role === role);
    return file === undefined ? null : { ...reference, member: file.name, format: 'raw' };
  });
  return kernel === null ? null : { kernel: kernel!, ramdisk: ramdisk! };
}

function setBeside({ path, member }: SourceReference, { layout, kind }: DiskFacts): BootSet | null {
  const isBare = layout !== null && layout.scheme === null && layout.wholeDisk !== null;
  if (!isBare || kind !== 'disk' || member !== undefined) return null;
  const set = findSet(path);
  if (set?.kernel == null || set.image !== path) return null;
  const beside = (found: string | null): SourceReference | null =>
    found === null ? null : { path: found, format: 'raw' };
  return { kernel: beside(set.kernel), ramdisk: beside(set.ramdisk) };
}

function diskFacts(
  name: string | null,
  info: ImageInfo,
  reference: SourceReference,
  control: Control,
): DiskFacts {
  const { kind, format, variant, virtualSizeBytes, wrapper, encrypted, parent, snapshots } = info;
  const broken = info.warnings.find(({ code }) => brokenCodes.includes(code));
  const content = virtualSizeBytes === null ? null : readContent(info, reference, control);
  return {
    name,
    member: name === null ? null : (reference.member ?? null),
    kind,
    format,
    variant,
    virtualSizeBytes,
    wrapper,
    encrypted,
    parent: parent?.name ?? null,
    brokenBy: broken?.code ?? null,
    furtherFiles: content?.furtherFiles ?? [],
    snapshotCount: snapshots.length,
    layout: content?.layout ?? null,
    ...fileFacts(reference, control),
  };
}

/** What `info` warns of where the image cannot be read whole. */
const brokenCodes: readonly string[] = ['reference.denied', 'image.parent-missing', 'image.parent-mismatch'];

/** Facts of the file's own bytes: the image out of its wrappers, and what would be uploaded as it is. */
function fileFacts(
  reference: SourceReference,
  control: Control,
): Pick<DiskFacts, 'imageBytes' | 'claims' | 'inspection'> {
  const { source } = openSource(reference, control);
  try {
    const facts = { imageBytes: source.sizeBytes, claims: certainDrivers(source).map(({ id }) => id) };
    if (reference.member !== undefined) return { ...facts, inspection: inspectFormats(source) };
    const file = new FileSource(reference.path, { devices: true });
    try {
      return { ...facts, inspection: inspectFormats(file) };
    } finally {
      file.close();
    }
  } finally {
    source.close();
  }
}

interface Content {
  readonly furtherFiles: readonly string[];
  readonly layout: DiskLayout | null;
}

/** Null where the disk cannot be opened: what is wrong with it is known by then. */
function readContent(info: ImageInfo, reference: SourceReference, control: Control): Content | null {
  try {
    const disk = openDisk(reference, control);
    const source = new DiskSource(disk);
    try {
      const images = disk.layers.map(({ path }) => path);
      const furtherFiles = [...new Set(disk.files)].filter((path) => !images.includes(path));
      // Without `partitions`, `info` found that looking costs too much, or is not possible.
      const { partitions } = info;
      return { furtherFiles, layout: partitions === undefined ? null : layoutOf(source, partitions) };
    } finally {
      source.close();
    }
  } catch (error) {
    if (error instanceof Failure && !isCancelled(error)) return null;
    throw error;
  }
}

const isCancelled = ({ code }: Failure): boolean => code === 'operation.cancelled';

function layoutOf(disk: DiskSource, table: PartitionTable): DiskLayout {
  const { scheme, sectorBytes, partitions, wholeDisk } = table;
  const { boot, architectures, hasLinuxRoot, distribution } = findBoot(disk, table);
  const warned = (code: string): boolean => table.warnings.some((warning) => warning.code === code);
  const volumes = [wholeDisk, ...partitions.map(({ volume }) => volume)].flatMap((volume) => volume ?? []);
  const holds = (...ids: string[]): number =>
    volumes.filter(({ fileSystem }) => ids.includes(fileSystem)).length;
  return {
    scheme,
    sectorBytes,
    partitionCount: partitions.length,
    wholeDisk: wholeDisk?.fileSystem ?? null,
    hybridMbr: warned('gpt.hybrid-mbr'),
    backupGpt:
      scheme !== 'gpt'
        ? null
        : warned('gpt.backup-misplaced')
          ? 'elsewhere'
          : isLost(warned)
            ? 'missing'
            : 'at-end',
    boot,
    system: hasLinuxRoot ? 'linux' : holds('ntfs') > 0 ? 'windows' : null,
    distribution,
    architectures,
    encryptedVolumes: holds('luks', 'bitlocker'),
  };
}

const isLost = (warned: (code: string) => boolean): boolean =>
  ['gpt.backup-past-end', 'gpt.backup-damaged', 'gpt.backup-missing', 'gpt.primary-damaged'].some(warned);
