/** extract, for files: a medium's or a partition's tree, or parts of it, written into a folder; all of it or none. */
import { lstatSync, mkdirSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import type { FileEntry, FileExtractionRequest, FileExtractionResult } from '#shared/domain/guest.ts';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import { nameRefusal } from '../archives/member-name.ts';
import { OutputFile } from '../bytes/output-file.ts';
import type { Control } from '../control.ts';
import type { FileSystemReader } from '../guests/filesystems/driver.ts';
import { makeFolders } from './folders.ts';
import { copySource } from './copy-source.ts';
import { openTree, walk } from './list.ts';

/** More than this is not listed one by one. */
const skippedLimit = 1000;

/**
 * Extracts. Links are made where they stay inside what is extracted; what else is no file or folder is left out and told.
 * @throws Failure `input.invalid`, `io.*`, `image.*`, `operation.cancelled`; what was written is removed then.
 */
export function extractFiles(request: FileExtractionRequest, control: Control): FileExtractionResult {
  const { tree } = openTree(request, control);
  if (tree === null) {
    throw new Failure('input.invalid', {
      problem: inEnglish('the disk has several file systems: say which partition'),
    });
  }
  const { reader } = tree;
  const writer = new TreeWriter(request, control);
  try {
    control.begin('preparing', 0);
    const entries = selected(reader, request.paths, control);
    const totalBytes = entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.sizeBytes : 0), 0);
    control.begin('copying', totalBytes);
    writer.makeFolder('');
    for (const entry of entries) writer.write(reader, entry);
    return writer.result;
  } catch (error) {
    writer.undo();
    throw error;
  } finally {
    reader.close();
  }
}

/** More files than any medium holds; what comes to more is a tree made to fill the memory. */
const entryLimit = 1_000_000;

/** What is asked for, each entry once: a folder may be named beside a file in it. */
function selected(reader: FileSystemReader, paths: readonly string[], control: Control): FileEntry[] {
  const names = [...new Set((paths.length === 0 ? [''] : paths).map(trimmed))];
  const entries: FileEntry[] = [];
  for (const entry of names.flatMap((name) => (isCovered(name, names) ? [] : [name]))) {
    for (const one of treeAt(reader, entry, control)) {
      if (entries.length === entryLimit) {
        throw new Failure('input.invalid', {
          problem: inEnglish('there are over {entryLimit} files: choose folders', { entryLimit }),
        });
      }
      entries.push(one);
    }
  }
  return entries;
}

function trimmed(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}

/** Whether a folder above it is asked for as well. */
function isCovered(name: string, names: readonly string[]): boolean {
  if (name === '') return false;
  return names.some((other) => other === '' || name.startsWith(`${other}/`));
}

function* treeAt(reader: FileSystemReader, name: string, control: Control): Iterable<FileEntry> {
  if (name !== '') {
    const entry = reader.find(name);
    if (entry === null) throw new Failure('package.file-missing', { file: name });
    yield entry;
    if (entry.kind !== 'folder') return;
  }
  yield* walk(reader, name, true, control);
}

class TreeWriter {
  readonly #request: FileExtractionRequest;
  readonly #control: Control;
  /** In the order of making: undone backwards. */
  readonly #made: { readonly path: string; readonly kind: 'file' | 'folder' }[] = [];
  readonly #folders = new Set<string>();
  readonly #names = new Set<string>();
  readonly #skipped: { path: string; reason: Message }[] = [];
  #files = 0;
  #bytes = 0;

  constructor(request: FileExtractionRequest, control: Control) {
    this.#request = request;
    this.#control = control;
  }

  get result(): FileExtractionResult {
    return {
      outputFolder: this.#request.outputFolder,
      files: this.#files,
      folders: this.#folders.size - 1,
      bytes: this.#bytes,
      skipped: this.#skipped,
    };
  }

  write(reader: FileSystemReader, entry: FileEntry): void {
    this.#control.throwIfCancelled();
    const refusal = entry.refusal ?? (entry.path === '' ? null : nameRefusal(entry.path));
    if (refusal !== null) this.#skip(entry.path, refusal);
    else if (this.#isTaken(entry)) this.#skip(entry.path, inEnglish('another one has the same name'));
    else if (entry.kind === 'folder') this.makeFolder(entry.path);
    else if (entry.kind === 'link') this.#link(entry);
    else if (entry.kind === 'file') this.#file(reader, entry);
    else this.#skip(entry.path, inEnglish('it is a device, a pipe or a socket'));
  }

  /** Names that differ for the medium may be one for the folder; what comes first is kept. */
  #isTaken({ path, kind }: FileEntry): boolean {
    if (kind === 'folder') return this.#names.has(path);
    if (this.#names.has(path) || this.#folders.has(path)) return true;
    this.#names.add(path);
    return false;
  }

  /** Makes the folder and those above it; one that is there already serves as well, a link does not. */
  makeFolder(path: string): void {
    if (this.#folders.has(path)) return;
    const { outputFolder } = this.#request;
    if (path === '') {
      for (const made of makeFolders(outputFolder)) this.#made.push({ path: made, kind: 'folder' });
      this.#folders.add('');
      return;
    }
    this.makeFolder(parentOf(path));
    const target = join(outputFolder, path);
    try {
      mkdirSync(target);
      this.#made.push({ path: target, kind: 'folder' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !lstatSync(target).isDirectory()) {
        throw systemFailure(error, target);
      }
    }
    this.#folders.add(path);
  }

  #file(reader: FileSystemReader, entry: FileEntry): void {
    this.makeFolder(parentOf(entry.path));
    const target = join(this.#request.outputFolder, entry.path);
    const source = reader.open(entry.path);
    const output = new OutputFile(target, this.#request.force ?? false, this.#control);
    try {
      copySource(source, output, this.#control);
      output.sync();
      output.commit();
    } catch (error) {
      output.discard();
      throw error;
    }
    this.#made.push({ path: target, kind: 'file' });
    this.#files += 1;
    this.#bytes += source.sizeBytes;
  }

  /** A link that leads out of the tree could make a later program write anywhere: it is told, not made. */
  #link(entry: FileEntry): void {
    const { target } = entry;
    if (target === null || !staysInside(parentOf(entry.path), target)) {
      this.#skip(
        entry.path,
        inEnglish('it is a link to {target}', { target: target ?? asValue(inEnglish('nowhere')) }),
      );
      return;
    }
    this.makeFolder(parentOf(entry.path));
    const path = join(this.#request.outputFolder, entry.path);
    try {
      if (this.#request.force ?? false) removeFile(path);
      symlinkSync(target, path);
    } catch (error) {
      throw systemFailure(error, path);
    }
    this.#made.push({ path, kind: 'file' });
  }

  #skip(path: string, reason: Message): void {
    if (this.#skipped.length < skippedLimit) this.#skipped.push({ path, reason });
  }

  /** Removes what was made, newest first; folders that hold something else stay. */
  undo(): void {
    for (const { path, kind } of this.#made.reverse()) {
      try {
        if (kind === 'file') unlinkSync(path);
        else rmdirSync(path);
      } catch {
        // Somebody else's file lies in the folder, or it is gone already.
      }
    }
  }
}

/**
 * Whether a link in `folder` to `target` ends inside the tree, whatever other links there are in it: after its first name a
 * `..` could start from wherever a link has led.
 */
function staysInside(folder: string, target: string): boolean {
  if (posix.isAbsolute(target) || /^[a-z]:|[\\\0]/i.test(target)) return false;
  const steps = target.split('/').filter((step) => step !== '' && step !== '.');
  const up = steps.findIndex((step) => step !== '..');
  const ups = up === -1 ? steps.length : up;
  const depth = folder === '' ? 0 : folder.split('/').length;
  return steps.length > 0 && ups <= depth && !steps.slice(ups).includes('..');
}

/** Removes what lies there, unless it is a folder. */
function removeFile(path: string): void {
  try {
    if (!lstatSync(path).isDirectory()) unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function parentOf(path: string): string {
  const parent = dirname(path);
  return parent === '.' ? '' : parent;
}
