/** recognise: whether a file is an image or a package, by a few pieces of its content; made for thousands of files. */
import { createHash } from 'node:crypto';
import { lstatSync, type BigIntStats } from 'node:fs';
import type { FileLook, FileStamp, RecognisedImage } from '#shared/domain/scan.ts';
import type { FileBelongings } from '#shared/domain/parts.ts';
import { Failure, isFailure, systemFailure } from '#shared/failure.ts';
import { decompressStart, probeCompression } from '../archives/compressions.ts';
import { readStart } from '../archives/decoded-source.ts';
import { isTar } from '../archives/tar.ts';
import { probeWrapper, unwrap } from '../archives/wrappers.ts';
import { KeptEnds } from '../bytes/kept-ends.ts';
import { FileSource, MemorySource, SliceSource, type ByteSource } from '../bytes/source.ts';
import { Disk } from '../disks/chain.ts';
import { recogniseContent } from '../disks/content-signatures.ts';
import type { DiskDriver, DiskReader } from '../disks/driver.ts';
import { folderGate } from '../disks/gate.ts';
import { certainDrivers } from '../disks/registry.ts';
import { recogniseSignature } from '../disks/signatures.ts';
import { DiskSource } from '../guests/disk-source.ts';
import { iso9660 } from '../guests/filesystems/iso9660/index.ts';
import { udf } from '../guests/filesystems/udf/index.ts';
import { kernelFormatAtStart } from '../guests/kernels/index.ts';
import { probePartitions } from '../guests/partitions/registry.ts';
import { looksLikeRamdisk } from '../guests/ramdisks/index.ts';
import { probeMachine } from '../machines/registry.ts';
import { probePackage } from '../packages/registry.ts';
import {
  belongingsOf,
  saidByDisk,
  saidByMachine,
  saidByName,
  saidByPackage,
  saidOfPieces,
  type Said,
} from './belongings.ts';
import { sumsIn } from './sum-files.ts';

/** What a file is, and what it says of others. */
type Recognised = Omit<RecognisedImage, 'fingerprint'> & { readonly said?: Said | null };

/** Of what lies compressed, only so much is decoded. */
const decodedBytes = 72 << 10;
const tarBlockBytes = 512;
const opticalSectorBytes = 2048;
const statBlockBytes = 512n;

/** What the files are. Never throws for what a file holds or whether it can be read: that is part of the answer. */
export function recogniseFiles(paths: readonly string[]): FileLook[] {
  return paths.map(recogniseFile);
}

/** What the file at `path` says of others; null where it says nothing, or cannot be read. */
export function readBelongings(path: string): FileBelongings | null {
  return recogniseFile(path).belongings ?? null;
}

function recogniseFile(path: string): FileLook {
  const nothing = { path, stamp: null, allocatedBytes: 0, image: null, failure: null };
  let status: BigIntStats;
  try {
    status = lstatSync(path, { bigint: true });
  } catch (error) {
    const failure = systemFailure(error, path);
    return isFailure(failure, 'io.not-found') ? nothing : { ...nothing, failure: failure.toData() };
  }
  if (!status.isFile()) return nothing;
  const stamp = stampOf(status);
  const look = { path, stamp, allocatedBytes: allocatedBytesOf(status), image: null, failure: null };
  if (stamp.sizeBytes === 0) return look;
  try {
    return { ...look, ...recogniseContentAt(path) };
  } catch (error) {
    return { ...look, failure: Failure.from(error).toData() };
  }
}

export function stampOf(status: BigIntStats): FileStamp {
  const second = 1_000_000_000n;
  return {
    device: String(status.dev),
    inode: String(status.ino),
    born: String(status.birthtimeNs),
    sizeBytes: Number(status.size),
    // As `mtimeMs` is computed, to the last bit.
    modifiedMilliseconds: Number(status.mtimeNs / second) * 1000 + Number(status.mtimeNs % second) / 1e6,
  };
}

/** What the file occupies on its disk. Windows counts no blocks. */
export function allocatedBytesOf({ blocks, size }: BigIntStats): number {
  return Number(blocks > 0n || size === 0n || process.platform !== 'win32' ? blocks * statBlockBytes : size);
}

/** @throws Failure `io.*`. */
function recogniseContentAt(path: string): Pick<FileLook, 'image' | 'belongings'> {
  const file = new KeptEnds(new FileSource(path));
  try {
    const recognised = unlessMalformed(() => recogniseSource(file));
    const found = belongingsOf(path, [recognised?.said ?? null, saidOfPieces(path)]);
    if (recognised === null) {
      const sums = sumsIn(file);
      const isSilent = sums.length === 0 && found === null;
      return { image: null, ...(isSilent ? {} : { belongings: { ...(found ?? nothingSaid), sums } }) };
    }
    const { said: _, ...image } = recognised;
    return {
      image: { ...image, fingerprint: fingerprintOf(file) },
      ...(found === null ? {} : { belongings: { ...found, sums: [] } }),
    };
  } finally {
    file.close();
  }
}

const nothingSaid = { references: [], identities: [], guest: null };

function recogniseSource(file: KeptEnds): Recognised | null {
  const [driver] = certainDrivers(file);
  if (driver !== undefined) return diskOf(file, driver);
  const boot = bootImageOf(file);
  if (boot !== null) return boot;
  const packaged = probePackage(file);
  if (packaged !== null) {
    const said = unlessMalformed(() => saidByPackage(file, packaged));
    return { ...unsized, kind: 'package', format: packaged.id, said };
  }
  const machine = probeMachine(file);
  if (machine !== null) {
    const said = unlessMalformed(() => saidByMachine(file, machine));
    return { ...unsized, kind: 'machine', format: machine.id, said };
  }
  return wrappedIn(file) ?? rawDiskIn(file, file.sizeBytes) ?? knownByName(file);
}

const unsized = { variant: null, virtualSizeBytes: null } as const;

/** What bears the marks of a format is one of its images, damaged or not: that is for who opens it to say. */
function diskOf(file: ByteSource, driver: DiskDriver): Recognised {
  const said = unlessMalformed(() => saidByDisk(file, driver));
  const damaged = { ...unsized, kind: 'disk', format: driver.id, said } as const;
  let reader: DiskReader;
  try {
    reader = driver.open(lent(file), folderGate(file.path));
  } catch (error) {
    if (error instanceof Failure) return damaged;
    throw error;
  }
  try {
    const { variant, capacityBytes, sectorBytes } = reader;
    const kind = sectorBytes === opticalSectorBytes && isMedium(file, driver) ? 'optical' : 'disk';
    return { kind, format: driver.id, variant, virtualSizeBytes: capacityBytes, said };
  } finally {
    reader.close();
  }
}

function isMedium(file: ByteSource, driver: DiskDriver): boolean {
  const found = unlessMalformed(() => {
    const disk = new DiskSource(Disk.open(lent(file), folderGate(file.path), driver));
    try {
      return isOptical(disk);
    } finally {
      disk.close();
    }
  });
  return found ?? false;
}

function isOptical(source: ByteSource): boolean {
  return [udf, iso9660].some((fileSystem) => fileSystem.probe(source) === 'certain');
}

function bootImageOf(file: ByteSource): Recognised | null {
  const kernel = kernelFormatAtStart(file);
  const said = (kind: 'kernel' | 'ramdisk') => saidByName(file.path, kind);
  if (kernel !== null) return { ...unsized, kind: 'kernel', format: kernel, said: said('kernel') };
  return looksLikeRamdisk(file)
    ? { ...unsized, kind: 'ramdisk', format: 'initramfs', said: said('ramdisk') }
    : null;
}

/** A raw disk has no marks of its own: it is one by what lies on it. */
function rawDiskIn(start: ByteSource, virtualSizeBytes: number | null): Recognised | null {
  if (isOptical(start)) return { kind: 'optical', format: 'iso', variant: null, virtualSizeBytes };
  const isWhole = probePartitions(start) === null;
  if (isWhole && recogniseContent(start) === null) return null;
  // What has no partitions may be a machine image, which a kernel and a RAM disk beside it start.
  const said = isWhole ? saidByName(start.path, 'image') : null;
  return { kind: 'disk', format: 'raw', variant: null, virtualSizeBytes, said };
}

/** Formats that Platter names and does not open; archives and compressions are none. */
function knownByName(file: ByteSource): Recognised | null {
  const signature = recogniseSignature(file);
  if (signature === null || signature.kind === 'unknown') return null;
  return { ...unsized, kind: signature.kind, format: signature.id };
}

/** The image in a compression or in an archive; a look at its beginning has to do. */
function wrappedIn(file: KeptEnds): Recognised | null {
  if (probeCompression(file) !== null) {
    const start = decompressStart(file, decodedBytes);
    if (start === null) return null;
    const source = new MemorySource(start, file.path);
    return startOf(isTar(source) ? firstMemberIn(source) : source, () => statedBytes(file));
  }
  if (probeWrapper(file) === null) return null;
  const { source } = unwrap(lent(file), { claims: (inner, depth) => depth > 0 && inner.seekable });
  try {
    const start = new MemorySource(readStart(source, decodedBytes), file.path);
    return startOf(start, () => source.sizeBytes);
  } finally {
    source.close();
  }
}

function startOf(start: ByteSource, sizeBytes: () => number | null): Recognised | null {
  const [driver] = certainDrivers(start);
  if (driver !== undefined) return { ...unsized, kind: 'disk', format: driver.id };
  const packaged = probePackage(start);
  if (packaged !== null) return { ...unsized, kind: 'package', format: packaged.id };
  return rawDiskIn(start, null) === null ? null : rawDiskIn(start, sizeBytes());
}

/** The size that a compression's own tables tell; null where only decoding all of it would. */
function statedBytes(file: ByteSource): number | null {
  return unlessMalformed(() => probeCompression(file)?.stream(file, {}).statedBytes() ?? null);
}

/** The bytes after the first header: of a sparse member its first piece, which is the disk's beginning. */
function firstMemberIn(tar: ByteSource): ByteSource {
  const length = Math.max(0, tar.sizeBytes - tarBlockBytes);
  return new SliceSource(tar, { start: Math.min(tarBlockBytes, tar.sizeBytes), length }, tar.path);
}

const sampleBytes = 4 << 10;
const sampleCount = 8;

/** SHA-256 of the size, and of eight pieces of the file: an image of gigabytes is told from others by 32 KiB of it. */
function fingerprintOf(file: ByteSource): string {
  const hash = createHash('sha256').update(`${file.sizeBytes}\n`);
  const step = Math.max(sampleBytes, Math.floor((file.sizeBytes - sampleBytes) / (sampleCount - 1)));
  for (let index = 0; index < sampleCount; index++) {
    const start = Math.min(index * step, Math.max(0, file.sizeBytes - sampleBytes));
    const piece = new Uint8Array(Math.min(sampleBytes, file.sizeBytes - start));
    file.read(start, piece);
    hash.update(piece);
    if (start + piece.length >= file.sizeBytes) break;
  }
  return hash.digest('hex');
}

/** What the file holds is no reason to fail; that it cannot be read is. */
function unlessMalformed<T>(look: () => T | null): T | null {
  try {
    return look();
  } catch (error) {
    if (error instanceof Failure && !error.code.startsWith('io.') && error.code !== 'internal') return null;
    throw error;
  }
}

/** The same bytes for somebody who closes what they are given. */
function lent(file: ByteSource): ByteSource {
  return {
    path: file.path,
    sizeBytes: file.sizeBytes,
    seekable: file.seekable,
    read: (fileOffset, into) => file.read(fileOffset, into),
    runs: (span) => file.runs(span),
    close: () => undefined,
  };
}
