/** A package whose files lie beside its descriptor in a folder. */
import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { Failure, systemFailure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { nameRefusal, normaliseName } from '../../archives/member-name.ts';
import { FileSource, MemorySource, readBytes, type ByteSource } from '../../bytes/source.ts';
import { chunkSuffix, type Container, type ContainerFile } from '../container.ts';
import { xmlLimitBytes } from './xml.ts';

/** The descriptor itself, kept in memory, and the files that it can name: regular ones, inside its folder. */
export class FolderContainer implements Container {
  readonly path: string;
  readonly files = null;
  readonly descriptorName: string;
  readonly #descriptor: Uint8Array;
  readonly #folder: string | null;

  /**
   * Takes ownership of `descriptor` and closes it. Without a folder there are no other files.
   * @throws Failure `package.malformed` when it is too large to be one, `io.*`.
   */
  constructor(descriptor: ByteSource, folder: string | null) {
    this.path = descriptor.path;
    this.descriptorName = descriptor.path.replace(/^.*[/\\]/, '') || 'descriptor.ovf';
    this.#folder = folder;
    try {
      if (descriptor.sizeBytes > xmlLimitBytes) {
        const problem = inEnglish('it is larger than {xmlLimitBytes} bytes', { xmlLimitBytes });
        throw new Failure('package.malformed', { structure: this.descriptorName, problem });
      }
      this.#descriptor = readBytes(descriptor, 0, descriptor.sizeBytes);
    } finally {
      descriptor.close();
    }
  }

  find(name: string): ContainerFile | null {
    const wanted = normaliseName(name);
    if (wanted === this.descriptorName)
      return { name: wanted, sizeBytes: this.#descriptor.length, refusal: null };
    return this.#look(wanted)?.file ?? null;
  }

  open(name: string): ByteSource {
    const wanted = normaliseName(name);
    if (wanted === this.descriptorName) return new MemorySource(this.#descriptor, this.path);
    const found = this.#look(wanted);
    const reason = nameRefusal(name) ?? found?.file.refusal ?? null;
    if (reason !== null) throw new Failure('package.unsafe-name', { name, reason });
    if (found === null) throw new Failure('package.file-missing', { file: name });
    return new FileSource(found.path);
  }

  chunksOf(name: string): readonly string[] {
    if (this.#folder === null || nameRefusal(name) !== null) return [];
    const wanted = normaliseName(name);
    let siblings: string[];
    try {
      siblings = readdirSync(dirname(join(this.#folder, wanted)));
    } catch {
      return [];
    }
    const stem = basename(wanted);
    const folder = wanted.slice(0, wanted.length - stem.length);
    return siblings
      .filter(
        (sibling) =>
          sibling.startsWith(stem) && chunkSuffix.test(sibling) && sibling.length === stem.length + 10,
      )
      .sort()
      .map((sibling) => folder + sibling);
  }

  close(): void {}

  /** The file and where it really is; null when there is none. A link counts as what it leads to. */
  #look(name: string): { readonly file: ContainerFile; readonly path: string } | null {
    if (this.#folder === null) return null;
    const refusal =
      nameRefusal(name) ?? (sep === '\\' && name.includes(':') ? inEnglish('it holds a colon') : null);
    if (refusal !== null) return { file: { name, sizeBytes: 0, refusal }, path: '' };
    const spelled = join(this.#folder, name);
    try {
      const folder = realpathSync(this.#folder);
      const path = realpathSync(spelled);
      const status = statSync(path);
      const reason = !isInside(folder, path)
        ? inEnglish("it is a link that leads out of the package's folder")
        : status.isFile()
          ? null
          : inEnglish('it is not a regular file');
      return { file: { name, sizeBytes: reason === null ? status.size : 0, refusal: reason }, path };
    } catch (error) {
      if (!isMissing(error)) throw systemFailure(error, spelled);
      return isLink(spelled)
        ? { file: { name, sizeBytes: 0, refusal: inEnglish('it is a link to nothing') }, path: '' }
        : null;
    }
  }
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}
