/** A folder of this machine as the tree that an image is written from. Links are kept as links, never followed. */
import { type BigIntStats, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import { FileSource } from '../../bytes/source.ts';
import type { Control } from '../../control.ts';
import type { ImageEntry, ImageFolder } from '../../guests/filesystems/iso9660/image-tree.ts';

export interface ScannedFolder {
  readonly root: ImageFolder;
  /** The latest date of all. */
  readonly latest: Date;
  readonly linkCount: number;
  readonly deepest: number;
}

const maximumEntries = 1_000_000;
/** What no system can name by a path any more. */
const maximumDepth = 512;
const longestNameBytes = 255;

/**
 * Reads the names, sizes and dates below `path`. With `date`, everything gets that one.
 * @throws Failure `input.invalid` for what an image cannot hold (a device, a pipe, a socket), `io.*`.
 */
export function scanFolder(
  path: string,
  date: Date | null,
  control: Pick<Control, 'throwIfCancelled'>,
): ScannedFolder {
  const scan = new Scan(date, control);
  const status = statusOf(path);
  // The folder itself may be given by a link; those inside are kept as they are.
  const root = scan.folder(path, '', status.isSymbolicLink() ? null : status, 1);
  return { root, latest: scan.latest, linkCount: scan.linkCount, deepest: scan.deepest };
}

class Scan {
  latest = new Date(0);
  linkCount = 0;
  deepest = 0;
  readonly #date: Date | null;
  readonly #control: Pick<Control, 'throwIfCancelled'>;
  #entries = 0;

  constructor(date: Date | null, control: Pick<Control, 'throwIfCancelled'>) {
    this.#date = date;
    this.#control = control;
  }

  folder(path: string, name: string, status: Stats | null, depth: number): ImageFolder {
    if (depth > maximumDepth)
      throw refused(path, inEnglish('lies more than {maximumDepth} folders deep', { maximumDepth }));
    this.#control.throwIfCancelled();
    this.deepest = Math.max(this.deepest, depth);
    const entries = namesIn(path).map((child) => this.#entry(join(path, child), child, depth));
    return { kind: 'folder', name, entries, ...this.#common(status, 0o755) };
  }

  #entry(path: string, name: string, depth: number): ImageEntry {
    if (++this.#entries > maximumEntries)
      throw refused(path, inEnglish('comes after {maximumEntries} others', { maximumEntries }));
    if (name.includes('\ufffd')) throw refused(path, inEnglish('has a name that is not UTF-8'));
    if (Buffer.byteLength(name) > longestNameBytes) {
      throw refused(
        path,
        inEnglish('has a name of more than {longestNameBytes} bytes', { longestNameBytes }),
      );
    }
    const status = statusOf(path);
    if (status.isDirectory()) return this.folder(path, name, status, depth + 1);
    if (status.isSymbolicLink()) {
      this.linkCount++;
      return { kind: 'link', name, target: targetOf(path), ...this.#common(status, 0o777) };
    }
    if (!status.isFile())
      throw refused(
        path,
        inEnglish('is {status}, which an image cannot hold', { status: specialName(status) }),
      );
    return {
      kind: 'file',
      name,
      sizeBytes: status.size,
      contentKey: status.nlink > 1 && status.ino !== 0 ? contentKeyOf(path) : null,
      open: () => new FileSource(path),
      ...this.#common(status, 0o644),
    };
  }

  /** Windows has no permission bits worth keeping. */
  #common(status: Stats | null, usualMode: number): { mode: number; modified: Date } {
    const modified = this.#date ?? wholeSeconds(status?.mtimeMs ?? 0);
    if (modified > this.latest) this.latest = modified;
    const known = status !== null && process.platform !== 'win32';
    return { mode: known ? status.mode & 0o7777 : usualMode, modified };
  }
}

/** ISO 9660 counts in seconds: the fraction is cut off, as everywhere else. */
const wholeSeconds = (milliseconds: number): Date => new Date(Math.floor(milliseconds / 1000) * 1000);

/** Device and inode, which may be beyond what a number holds. */
function contentKeyOf(path: string): string {
  const { dev, ino }: BigIntStats = lstatSync(path, { bigint: true });
  return `${dev}:${ino}`;
}

/** In an order that depends on nothing but the names. */
function namesIn(path: string): string[] {
  try {
    return readdirSync(path).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  } catch (error) {
    throw systemFailure(error, path);
  }
}

function statusOf(path: string): Stats {
  try {
    return lstatSync(path);
  } catch (error) {
    throw systemFailure(error, path);
  }
}

function targetOf(path: string): string {
  try {
    const target = readlinkSync(path);
    return process.platform === 'win32' ? target.replaceAll('\\', '/') : target;
  } catch (error) {
    throw systemFailure(error, path);
  }
}

function specialName(status: Stats): string {
  if (status.isFIFO()) return 'a pipe';
  if (status.isSocket()) return 'a socket';
  return status.isBlockDevice() || status.isCharacterDevice() ? 'a device' : 'no regular file';
}

function refused(path: string, problem: Message): Failure<'input.invalid'> {
  return new Failure('input.invalid', {
    problem: inEnglish('{path} {problem}', { path, problem: asValue(problem) }),
  });
}
