/** The gate that every name inside an image must pass: only regular files in the image's own folder. */
import { lstatSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep, win32 } from 'node:path';
import type { FileReference } from '#shared/domain/image.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import { FileSource, type ByteSource } from '../bytes/source.ts';
import type { OpenContext } from './driver.ts';

/** `json:…`, `nbd:…`, `https://…`: names that qemu hands to a protocol. A drive letter is one character long. */
const protocolName = /^[a-z][a-z0-9+.-]+:/i;

/** The gate for what the image at `imagePath` names. Relative names start at the image's folder, wherever we were started. */
export function folderGate(imagePath: string): OpenContext {
  return {
    openReference: (reference) => openInFolder(dirname(resolve(imagePath)), reference),
    contextOf: (source) => folderGate(source.path),
  };
}

function openInFolder(folder: string, reference: FileReference): ByteSource {
  const { name } = reference;
  const denied = (reason: string): Failure => new Failure('reference.denied', { reference: name, reason });
  if (name.length === 0 || name.length > 4096 || name.includes('\0')) throw denied('it is not a file name');
  if (protocolName.test(name)) throw denied('it names a protocol, not a file beside the image');
  if (isAbsolute(name) || win32.isAbsolute(name)) throw denied('it is an absolute path');
  const path = resolve(folder, name);
  if (!isInside(folder, path)) throw denied("it leads out of the image's folder");
  let target: string;
  try {
    target = realpathSync(path);
    // A link may only lead to another place in the same folder.
    if (!isInside(realpathSync(folder), target))
      throw denied("it is a link that leads out of the image's folder");
    if (!lstatSync(target).isFile()) throw denied('it is not a regular file');
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
