/** A set of three in one folder: which image, kernel and ramdisk belong together, by what they hold and what they are called. */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Failure, systemFailure } from '#shared/failure.ts';
import { FileSource, type ByteSource } from '../../bytes/source.ts';
import { DiskSource } from '../../guests/disk-source.ts';
import { looksLikeKernel, recogniseKernel } from '../../guests/kernels/index.ts';
import { looksLikeRamdisk, recogniseRamdisk } from '../../guests/ramdisks/index.ts';
import { readSetName } from '../../packages/machine-image-names.ts';
import { openDisk } from '../../pipeline/open.ts';
import { recogniseMachineImage } from './machine-image.ts';

export type ImageRole = 'image' | 'kernel' | 'ramdisk';

/** Paths of the files that belong together; null for what the set lacks. */
export type ImageSet = Readonly<Record<ImageRole, string | null>>;

interface Candidate {
  readonly path: string;
  readonly role: ImageRole;
  readonly stem: string;
}

/** More files than a folder of sets has; each that is looked at costs an open. */
const searchLimit = 200;
const roles: readonly ImageRole[] = ['image', 'kernel', 'ramdisk'];

/**
 * The set that `path`, one of its files or the folder with them, belongs to; null when nothing in the folder belongs
 * together. Names that agree decide; where they say nothing, that there is only one of a kind, or that a kernel and a
 * ramdisk are of the same version. @throws Failure `io.*`.
 */
export function findSet(path: string): ImageSet | null {
  const isFolder = statOf(path).isDirectory();
  const candidates = candidatesIn(isFolder ? path : dirname(path), isFolder ? null : path);
  const own = candidates.find((candidate) => candidate.path === path) ?? null;
  if (!isFolder && own === null) return null;
  const group = own === null ? largestGroup(candidates) : candidates.filter(({ stem }) => stem === own.stem);
  const chosen = new Map<ImageRole, string>();
  if (own !== null) chosen.set(own.role, own.path);
  for (const role of roles) {
    if (chosen.has(role)) continue;
    const found = onlyOne(group, role) ?? onlyOne(candidates, role);
    if (found !== null) chosen.set(role, found.path);
  }
  pairByVersion(chosen, candidates);
  if (chosen.size < 2) return null;
  return {
    image: chosen.get('image') ?? null,
    kernel: chosen.get('kernel') ?? null,
    ramdisk: chosen.get('ramdisk') ?? null,
  };
}

/** What the file holds: a kernel, a ramdisk, or a bare file system in any disk format. @throws Failure `io.*`. */
export function roleOfContent(path: string): ImageRole | null {
  const file = new FileSource(path);
  try {
    if (looksLikeKernel(file)) return 'kernel';
    if (looksLikeRamdisk(file)) return 'ramdisk';
  } finally {
    file.close();
  }
  return isMachineImage(path) ? 'image' : null;
}

function isMachineImage(path: string): boolean {
  let disk: ByteSource | null = null;
  try {
    disk = new DiskSource(openDisk({ path }));
    return recogniseMachineImage(disk) !== null;
  } catch (error) {
    // A file that is no disk, or only its format's name is known: it is no image of a set.
    if (error instanceof Failure && !error.code.startsWith('io.')) return false;
    throw error;
  } finally {
    disk?.close();
  }
}

/** Files whose names say that they may be part of a set, and `own`, with what they really are. */
function candidatesIn(folder: string, own: string | null): Candidate[] {
  const isNamed = (name: string): boolean => (roles as readonly string[]).includes(readSetName(name).role);
  let names: string[];
  try {
    names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && isNamed(entry.name))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    throw systemFailure(error, folder);
  }
  const others = names.filter((name) => own === null || name !== basename(own)).slice(0, searchLimit);
  const paths = [...(own === null ? [] : [own]), ...others.map((name) => join(folder, name))];
  return paths.flatMap((path) => {
    const role = roleOrNull(path, path === own);
    return role === null ? [] : [{ path, role, stem: readSetName(path.replaceAll('\\', '/')).stem }];
  });
}

/** A neighbour that may not be read cannot be one of the set. */
function roleOrNull(path: string, mustOpen: boolean): ImageRole | null {
  try {
    return roleOfContent(path);
  } catch (error) {
    if (mustOpen || !(error instanceof Failure)) throw error;
    return null;
  }
}

/** Of the files with one stem, those that make the most complete set; the first by name where several do. */
function largestGroup(candidates: readonly Candidate[]): readonly Candidate[] {
  let best: readonly Candidate[] = [];
  const kinds = (group: readonly Candidate[]): number => new Set(group.map(({ role }) => role)).size;
  for (const stem of new Set(candidates.map((candidate) => candidate.stem))) {
    const group = candidates.filter((candidate) => candidate.stem === stem);
    if (kinds(group) > kinds(best)) best = group;
  }
  return kinds(best) > 1 ? best : [];
}

function onlyOne(candidates: readonly Candidate[], role: ImageRole): Candidate | null {
  const found = candidates.filter((candidate) => candidate.role === role);
  return found.length === 1 ? found[0]! : null;
}

/** Among several kernels or ramdisks, the one that is made for the other. */
function pairByVersion(chosen: Map<ImageRole, string>, candidates: readonly Candidate[]): void {
  const [kernel, ramdisk] = [chosen.get('kernel'), chosen.get('ramdisk')];
  if ((kernel === undefined) === (ramdisk === undefined)) return;
  const missing: ImageRole = kernel === undefined ? 'kernel' : 'ramdisk';
  const wanted = versionsOf((kernel ?? ramdisk)!);
  const match = candidates
    .filter(({ role }) => role === missing)
    .find(({ path }) => versionsOf(path).some((version) => wanted.includes(version)));
  if (match !== undefined) chosen.set(missing, match.path);
}

function versionsOf(path: string): readonly string[] {
  const file = new FileSource(path);
  try {
    const kernel = recogniseKernel(file);
    if (kernel !== null) return kernel.version === null ? [] : [kernel.version];
    return recogniseRamdisk(file)?.versions ?? [];
  } finally {
    file.close();
  }
}

function statOf(path: string): ReturnType<typeof statSync> & object {
  try {
    return statSync(path);
  } catch (error) {
    throw systemFailure(error, path);
  }
}
