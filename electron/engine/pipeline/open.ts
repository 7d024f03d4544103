/** Opening what a source reference names: a file, or a member of a package, with the gate that belongs to it. */
import { basename, dirname } from 'node:path';
import type { SourceReference } from '#shared/domain/conversion.ts';
import { Failure } from '#shared/failure.ts';
import type { Span } from '#shared/domain/image.ts';
import { FileSource, SliceSource, type ByteSource } from '../bytes/source.ts';
import { Disk } from '../disks/chain.ts';
import type { OpenContext } from '../disks/driver.ts';
import { folderGate } from '../disks/gate.ts';
import { diskDriver } from '../disks/registry.ts';
import { DiskSource } from '../guests/disk-source.ts';
import type { PackageReader } from '../packages/driver.ts';
import { probePackage } from '../packages/registry.ts';

/** An open source, and the gate for what it names. */
export interface OpenedSource {
  readonly source: ByteSource;
  readonly context: OpenContext;
}

/** Opens the package at `path`. @throws Failure `input.invalid` when it is none. */
export function openPackageAt(path: string): PackageReader {
  const file = new FileSource(path);
  const driver = probePackage(file);
  if (driver === null) {
    file.close();
    throw new Failure('input.invalid', { problem: `${path} is not a package` });
  }
  return driver.open(file, dirname(path));
}

/** Opens the bytes that `reference` names. @throws Failure `io.*`, `package.*`, `image.truncated`. */
export function openSource(reference: SourceReference): OpenedSource {
  const opened = openWhole(reference);
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

function openWhole(reference: SourceReference): OpenedSource {
  if (reference.member === undefined) {
    const source = new FileSource(reference.path);
    return { source, context: folderGate(source.path, reference.allowed, reference.standIns) };
  }
  const container = openPackageAt(reference.path);
  try {
    // The file and the gate go on working after the package is closed.
    return { source: container.openFile(reference.member), context: container.context };
  } finally {
    container.close();
  }
}

/** Opens the disk that `reference` names, with its parents. @throws Failure `io.*`, `package.*`, `image.*`. */
export function openDisk(reference: SourceReference): Disk {
  const driver = reference.format === undefined ? null : diskDriver(reference.format);
  const { source, context } = openSource(reference);
  const { snapshot, passphrase, volume } = reference;
  const disk = Disk.open(source, context, driver, {
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  return volume === undefined ? disk : openVolume(disk, volume);
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
    throw new Failure('reference.denied', { reference: name, reason: 'a volume inside a disk names it' });
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
