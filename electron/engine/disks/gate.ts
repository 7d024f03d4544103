/** The gate that every name inside an image must pass: only regular files in the image's own folder. */
import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep, win32 } from 'node:path';
import type { FileReference } from '#shared/domain/image.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { FileSource, type ByteSource } from '../bytes/source.ts';
import type { OpenContext } from './driver.ts';

/** `json:…`, `nbd:…`, `https://…`: names that qemu hands to a protocol. A drive letter is one character long. */
const protocolName = /^[a-z][a-z0-9+.-]+:/i;

/** More files than a folder of images holds; each that is looked at costs an open. */
const searchLimit = 1000;

/**
 * The gate for what the image at `imagePath` names. Relative names start at the image's folder, wherever we were started.
 * `allowed` are files elsewhere that the person allowed, by their absolute paths; `standIns` are paths for names beside the
 * image that are given to their files later.
 */
export function folderGate(
  imagePath: string,
  allowed: readonly string[] = [],
  standIns: Readonly<Record<string, string>> = {},
): OpenContext {
  const folder = dirname(resolve(imagePath));
  return {
    openReference: (reference) =>
      Object.hasOwn(standIns, reference.name)
        ? new FileSource(standIns[reference.name]!)
        : openInFolder(folder, reference, allowed),
    findBeside: (matches) => findInFolder(resolve(imagePath), matches),
    contextOf: (source) => folderGate(source.path, allowed),
  };
}

function findInFolder(imagePath: string, matches: (file: ByteSource) => boolean): string | null {
  const folder = dirname(imagePath);
  let names: string[];
  try {
    names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== basename(imagePath))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    throw systemFailure(error, folder);
  }
  for (const name of names.slice(0, searchLimit)) {
    let file: ByteSource;
    try {
      file = new FileSource(join(folder, name));
    } catch {
      // A neighbour that may not be read cannot be the one.
      continue;
    }
    try {
      if (matches(file)) return name;
    } finally {
      file.close();
    }
  }
  return null;
}

function openInFolder(folder: string, reference: FileReference, allowed: readonly string[]): ByteSource {
  const { name } = reference;
  const denied = (reason: Message, allowable?: string): Failure =>
    new Failure('reference.denied', {
      reference: name,
      reason,
      ...(allowable === undefined ? {} : { path: allowable }),
    });
  if (name.length === 0 || name.length > 4096 || name.includes('\0'))
    throw denied(inEnglish('it is not a file name'));
  if (protocolName.test(name)) throw denied(inEnglish('it names a protocol, not a file beside the image'));
  const path = resolve(folder, name);
  const isAllowed = allowed.some((one) => resolve(one) === path);
  if (!isAllowed) {
    if (isAbsolute(name) || win32.isAbsolute(name)) throw denied(inEnglish('it is an absolute path'), path);
    if (!isInside(folder, path)) throw denied(inEnglish("it leads out of the image's folder"), path);
  }
  let target: string;
  try {
    target = realpathSync(path);
    // A link may only lead to another place in the same folder.
    if (!isAllowed && !isInside(realpathSync(folder), target))
      throw denied(inEnglish("it is a link that leads out of the image's folder"), path);
    if (!lstatSync(target).isFile()) throw denied(inEnglish('it is not a regular file'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new Failure('image.parent-missing', { path: folder, reference: name }, error);
    }
    throw systemFailure(error, path);
  }
  return new FileSource(target);
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
