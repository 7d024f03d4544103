/** inspect: what a file is and what can be known of it without reading it all. */
import { statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { SourceReference } from '#shared/domain/conversion.ts';
import type { ImageInfo, ImageKind, Warning } from '#shared/domain/image.ts';
import type { PackageInfo } from '#shared/domain/package.ts';
import { Failure, isFailure } from '#shared/failure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import { FileSource, type ByteSource } from '../bytes/source.ts';
import type { Control } from '../control.ts';
import type { DiskDriver, DiskReader, OpenContext } from '../disks/driver.ts';
import { raw } from '../disks/raw/index.ts';
import { certainDrivers, diskDriver, probeDisk } from '../disks/registry.ts';
import { recogniseSignature, recogniseSignatures, type Signature } from '../disks/signatures.ts';
import { probePartitions } from '../guests/partitions/registry.ts';
import { probePackage } from '../packages/registry.ts';
import { openDisk, openPackageAt, openSource, sourceName } from '../pipeline/open.ts';
import { belongings, recogniseBootImage } from './boot-image.ts';
import { describeContent, type DiskContent } from './content.ts';
import { machineInfo } from './machine-info.ts';
import { readBelongings } from './recognise.ts';

/**
 * The answer of `info`. `verify` also checks a package's manifest, which reads all of it.
 * @throws Failure `io.*`, `image.*`, `package.*`.
 */
export function inspect(reference: SourceReference, control: Control, verify: boolean): ImageInfo {
  const { guest, ...info } = inspectContent(reference, control, verify);
  if (reference.member !== undefined || reference.snapshot !== undefined) return info;
  const said = readBelongings(reference.path);
  const system = said?.guest ?? guest ?? null;
  if (said === null && system === null) return info;
  const belongings = { ...(said ?? { references: [], identities: [], sums: [] }), guest: system };
  return { ...info, belongings };
}

/** `guest`: the system that is on the disk. */
function inspectContent(
  reference: SourceReference,
  control: Control,
  verify: boolean,
): ImageInfo & { readonly guest?: string | null } {
  const machine = machineInfo(reference);
  if (machine !== null) return { ...machine, allocatedBytes: allocatedBytes(reference.path) };
  const boot = bootImageInfo(reference);
  if (boot !== null) return boot;
  const { source, context, wrapper } = openSource(reference, control);
  if (reference.member === undefined && probePackage(source) !== null) {
    source.close();
    const found = packageInfo(reference.path, control, verify);
    return wrapper === null ? found : { ...found, wrapper, fileSizeBytes: statSync(reference.path).size };
  }
  const signature = recogniseSignature(source);
  const base = {
    path: sourceName(reference),
    fileSizeBytes: wrapper === null ? source.sizeBytes : statSync(reference.path).size,
    allocatedBytes: reference.member === undefined ? allocatedBytes(reference.path) : source.sizeBytes,
    wrapper,
  };
  try {
    const disk = diskInfo(source, context, signature, reference);
    const content = describeContent(reference);
    if (content === null) return { ...base, ...disk };
    const whole = withContent(disk, content);
    // A file system without a partition table is what a kernel and a RAM disk beside it start.
    const set = content.machineImage && reference.member === undefined ? belongings(reference.path) : [];
    return { ...base, ...whole, facts: [...whole.facts, ...set], guest: content.guest };
  } catch (error) {
    if (
      signature !== null &&
      isFailure(error, 'image.unsupported') &&
      error.details.format === signature.id
    ) {
      return { ...base, ...namedOnly(signature) };
    }
    throw error;
  }
}

/** Everything about the package at `path` but its manifest's agreement. @throws Failure `io.*`, `package.*`. */
export function inspectPackage(path: string): PackageInfo {
  const container = openPackageAt(path);
  try {
    return container.info;
  } finally {
    container.close();
  }
}

/** What the file at `path` occupies on its disk, in bytes. Node counts in 512-byte blocks; Windows gives none. */
export function allocatedBytes(path: string): number {
  const status = statSync(path);
  return status.blocks > 0 || status.size === 0 || process.platform !== 'win32'
    ? status.blocks * 512
    : status.size;
}

/**
 * A kernel or a RAM disk by itself, also one that is compressed as a whole: then it is a kernel and no wrapped image.
 * Null for anything else; what bears the marks of a disk format is that.
 */
function bootImageInfo(reference: SourceReference): ImageInfo | null {
  const { path, member, format } = reference;
  if (format !== undefined) return null;
  const source =
    member === undefined ? new FileSource(path, { devices: true }) : openSource(reference).source;
  try {
    if (certainDrivers(source).length > 0) return null;
    const found = recogniseBootImage(source);
    if (found === null) return null;
    const { kind, facts, warnings } = found;
    return {
      ...nothingOfADisk,
      path: sourceName(reference),
      fileSizeBytes: source.sizeBytes,
      allocatedBytes: member === undefined ? allocatedBytes(path) : source.sizeBytes,
      wrapper: null,
      kind,
      format: found.format,
      facts: [...facts, ...(member === undefined ? belongings(path) : [])],
      warnings,
    };
  } finally {
    source.close();
  }
}

const nothingOfADisk = {
  variant: null,
  virtualSizeBytes: null,
  parent: null,
  snapshots: [],
  encrypted: false,
} as const;

/** The disk with what lies on it. A medium is called one whatever holds it; raw alone takes its name. */
function withContent(disk: Content, content: DiskContent): Content {
  const { optical, partitions } = content;
  return {
    ...disk,
    ...(optical ? { kind: 'optical' as const, ...(disk.format === 'raw' ? { format: 'iso' } : {}) } : {}),
    facts: [
      ...disk.facts,
      ...content.facts.filter((fact) => !disk.facts.some((own) => isDeepStrictEqual(own, fact))),
    ],
    warnings: [...disk.warnings, ...content.warnings],
    partitions,
  };
}

type Content = Omit<ImageInfo, 'path' | 'fileSizeBytes' | 'allocatedBytes' | 'wrapper'>;

function diskInfo(
  source: ByteSource,
  context: OpenContext,
  signature: Signature | null,
  reference: SourceReference,
): Content {
  const { snapshot, passphrase, format: wanted } = reference;
  let reader: DiskReader;
  let format: string;
  let claims: readonly string[];
  try {
    const driver: DiskDriver = wanted === undefined ? probeDisk(source) : diskDriver(wanted);
    claims = claimsOf(source, driver);
    format = signature?.readsAsRaw === true && driver.id === 'raw' ? signature.id : driver.id;
    reader = driver.open(source, context, {
      ...(snapshot === undefined ? {} : { snapshot }),
      ...(passphrase === undefined ? {} : { passphrase }),
    });
  } catch (error) {
    source.close();
    throw error;
  }
  try {
    const kind: ImageKind = format === signature?.id ? signature.kind : 'disk';
    return {
      kind,
      format,
      variant: reader.variant,
      virtualSizeBytes: reader.capacityBytes,
      parent: reader.parent,
      snapshots: reader.snapshots,
      encrypted: reader.encryption !== null,
      facts: reader.facts,
      warnings: [...chainWarnings(reader, reference), ...claimWarnings(claims)],
    };
  } finally {
    reader.close();
  }
}

/** `info` on an image whose parent is missing, refused or another one still answers, and says so. */
function chainWarnings(reader: DiskReader, reference: SourceReference): readonly Warning[] {
  if (reader.parent === null) return reader.warnings;
  try {
    const disk = openDisk(reference);
    disk.close();
    // Some are known only when the parent was compared.
    return disk.top.reader.warnings;
  } catch (error) {
    const { code, details } = Failure.from(error);
    const { name } = reader.parent;
    return [...reader.warnings, { code, message: parentMessage(code, name, details) }];
  }
}

function parentMessage(code: Failure['code'], name: string, details: Failure['details']): Message {
  if (code === 'reference.denied')
    return inEnglish('The image needs "{name}", which Platter does not open by itself.', { name });
  if (code === 'image.parent-mismatch' && 'problem' in details) {
    return inEnglish('The image needs "{name}" as it was when the image was made: {problem}.', {
      name,
      problem: asValue(details.problem),
    });
  }
  return inEnglish('The image needs "{name}", which cannot be opened.', { name });
}

/** What else than a disk of `driver` the file can be taken for; it bears the marks of all of them. */
function claimsOf(source: ByteSource, driver: DiskDriver): string[] {
  const drivers = certainDrivers(source).map(({ title }) => title);
  const foreign = recogniseSignatures(source).filter(({ readsAsRaw }) => !readsAsRaw);
  // Behind the guest's own partition table a footer is only seen by who looks for it.
  const table = driver.id === raw.id ? null : probePartitions(source);
  const titles = [...drivers, ...foreign.map(({ title }) => title)];
  return table === null ? titles : [...titles, `a raw disk with an ${table.title}`];
}

/** A guest can write the beginning of a raw disk, or the end of another: programs then disagree about what the file is. */
function claimWarnings(claims: readonly string[]): Warning[] {
  if (claims.length < 2) return [];
  return [
    {
      code: 'image.ambiguous',
      message: inEnglish('The file bears the marks of {claims}; other programs may read it otherwise.', {
        claims: claims.join(' and '),
      }),
    },
  ];
}

function namedOnly(signature: Signature): Content {
  return {
    ...nothingOfADisk,
    kind: signature.kind,
    format: signature.id,
    facts: [{ label: inEnglish('Format'), value: asValue(signature.title) }],
    warnings: [
      {
        code: 'image.unsupported',
        message: inEnglish('Platter recognises {title} files but does not open them yet.', {
          title: asValue(signature.title),
        }),
      },
    ],
  };
}

function packageInfo(path: string, control: Control, verify: boolean): ImageInfo {
  const container = openPackageAt(path);
  try {
    const { info } = container;
    const checked = verify ? container.verify(control).state : info.manifest === 'absent' ? 'absent' : null;
    return {
      path,
      kind: 'package',
      format: info.format,
      variant: info.ovfVersion,
      virtualSizeBytes: null,
      fileSizeBytes: info.fileSizeBytes,
      allocatedBytes: allocatedBytes(path),
      parent: null,
      snapshots: [],
      encrypted: false,
      wrapper: null,
      facts: [
        { label: inEnglish('Files'), value: String(info.files.length) },
        { label: inEnglish('Virtual machines'), value: String(info.systems.length) },
      ],
      warnings: info.warnings,
      package: {
        manifest: checked,
        systems: info.systems,
        ...(info.notes === undefined ? {} : { notes: info.notes }),
      },
    };
  } finally {
    container.close();
  }
}
