/** Opening what a source reference names: a file, or a member of a package, with the gate that belongs to it. */
import { basename, dirname } from 'node:path';
import type { SourceReference } from '#shared/domain/conversion.ts';
import { Failure } from '#shared/failure.ts';
import type { Span } from '#shared/domain/image.ts';
import { inEnglish } from '#shared/in-english.ts';
import { growDisk } from './grown-disk.ts';
import { unwrap, type Unwrapped } from '../archives/wrappers.ts';
import { FileSource, SliceSource, type ByteSource } from '../bytes/source.ts';
import type { Control } from '../control.ts';
import { Disk } from '../disks/chain.ts';
import type { DiskDriver, OpenContext } from '../disks/driver.ts';
import { folderGate } from '../disks/gate.ts';
import { diskDriver, diskDrivers } from '../disks/registry.ts';
import { DiskSource } from '../guests/disk-source.ts';
import type { PackageReader } from '../packages/driver.ts';
import { probePackage } from '../packages/registry.ts';
import { sizeMemoryOf } from './unwrapped-sizes.ts';

/** An open source, and the gate for what it names. */
export interface OpenedSource {
  readonly source: ByteSource;
  readonly context: OpenContext;
  /** What was taken off the file to get there ("gzip", "tar+gzip", …); null when the file itself is the source. */
  readonly wrapper: string | null;
}

/** Opens the package at `path`, also where it is compressed. @throws Failure `input.invalid` when it is none, `image.*`. */
export function openPackageAt(path: string): PackageReader {
  const { source: file } = openUnwrapped(path);
  const driver = probePackage(file);
  if (driver === null) {
    file.close();
    throw new Failure('input.invalid', { problem: inEnglish('{path} is not a package', { path }) });
  }
  return driver.open(file, dirname(path));
}

/**
 * Opens the bytes that `reference` names, out of the wrappers around them. With `control`, reading far into a compressed
 * file can be cancelled. @throws Failure `io.*`, `package.*`, `image.*`.
 */
export function openSource(
  reference: SourceReference,
  control?: Pick<Control, 'throwIfCancelled'>,
): OpenedSource {
  const opened = openWhole(reference, control);
  const { part } = reference;
  if (part === undefined) return opened;
  const path = `${opened.source.path}[${part.start}..${part.start + part.length}]`;
  try {
    return { ...opened, source: new SliceSource(opened.source, part, path) };
  } catch (error) {
    opened.source.close();
    throw error;
  }
}

function openWhole(
  reference: SourceReference,
  control: Pick<Control, 'throwIfCancelled'> | undefined,
): OpenedSource {
  const { path } = reference;
  if (reference.member === undefined) {
    // Who says that it is a raw disk means the bytes as they lie: a guest may have made them look like anything.
    const isTaken =
      reference.wrapper === undefined && (reference.format === 'raw' || reference.part !== undefined);
    return {
      ...(isTaken
        ? { source: new FileSource(path, { devices: true }), wrapper: null }
        : openUnwrapped(path, control, reference.wrapper)),
      context: folderGate(path, reference.allowed, reference.standIns),
    };
  }
  const container = openPackageAt(reference.path);
  try {
    // The file and the gate go on working after the package is closed.
    return {
      source: container.openFile(reference.member, control),
      context: container.context,
      wrapper: null,
    };
  } finally {
    container.close();
  }
}

/** The file at `path` without its wrappers. @throws Failure `io.*`, `image.*`, `package.*`. */
function openUnwrapped(
  path: string,
  control?: Pick<Control, 'throwIfCancelled'>,
  wrapper?: string,
): Unwrapped {
  return unwrap(new FileSource(path, { devices: true }), {
    ...(wrapper === undefined ? {} : { exactly: wrapper }),
    throwIfCancelled: () => control?.throwIfCancelled(),
    claims: (source, depth) => probePackage(source) !== null || (depth === 0 && isCertainDisk(source)),
    sizeMemory: (depth) => sizeMemoryOf(path, depth),
  });
}

/** A disk's guest writes its first bytes: what has the marks of a format all the same is not what they look like. */
function isCertainDisk(source: ByteSource): boolean {
  return diskDrivers.some((driver: DiskDriver) => driver.probe(source) === 'certain');
}

/** Opens the disk that `reference` names, with its parents. @throws Failure `io.*`, `package.*`, `image.*`. */
export function openDisk(reference: SourceReference, control?: Pick<Control, 'throwIfCancelled'>): Disk {
  const driver = reference.format === undefined ? null : diskDriver(reference.format);
  const { source, context } = openSource(reference, control);
  const { snapshot, passphrase, volume, grown } = reference;
  const disk = Disk.open(source, context, driver, {
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  const part = volume === undefined ? disk : openVolume(disk, volume);
  return grown === undefined ? part : growDisk(part, grown);
}

/**
 * The same disk, named so that opening it again finds nothing out anew: recognising what is in a stream costs passes over all
 * of it. `disk` is what `reference` opened as.
 */
export function settled(reference: SourceReference, disk: Disk): SourceReference {
  const { format, volume, member, part } = reference;
  if (disk.seekable || [format, volume, member, part].some((word) => word !== undefined)) return reference;
  const { source, wrapper } = openSource(reference);
  source.close();
  return wrapper === null ? reference : { ...reference, format: disk.top.driver.id, wrapper };
}

/** A part of what the guest sees as a disk of its own. Takes ownership of `disk`. */
function openVolume(disk: Disk, volume: Span): Disk {
  const path = `${disk.top.path}[${volume.start}..${volume.start + volume.length}]`;
  const whole = new DiskSource(disk);
  try {
    return Disk.open(new SliceSource(whole, volume, path), closedGate, diskDriver('raw'));
  } catch (error) {
    whole.close();
    throw error;
  }
}

/** What a guest wrote into its own disk opens nothing. */
const closedGate: OpenContext = {
  openReference: ({ name }) => {
    throw new Failure('reference.denied', {
      reference: name,
      reason: inEnglish('a volume inside a disk names it'),
    });
  },
};

/** How messages spell a source. */
export function sourceName(reference: SourceReference): string {
  return reference.member === undefined ? reference.path : `${reference.path}:${reference.member}`;
}

/** How progress calls a source: by the last name. */
export function itemName(reference: SourceReference): string {
  return basename(reference.member ?? reference.path);
}
