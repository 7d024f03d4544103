/** The gate for disks inside a package: what they name, and what the package says of their parents, are files of its own. */
import type { FileReference } from '#shared/domain/image.ts';
import { Failure, isFailure } from '#shared/failure.ts';
import { nameRefusal, normaliseName } from '../archives/member-name.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { PackageContext } from './driver.ts';

/** More disks than any package has; each that is looked at costs an open. */
const searchLimit = 1000;

/** What the gate needs of its package. */
export interface GatedFiles {
  /** The package's, for messages. */
  readonly path: string;
  /** @throws Failure `package.file-missing`, `package.unsafe-name`, … */
  open(name: string): ByteSource;
  /** The files that hold disks. */
  readonly diskFiles: readonly string[];
  /** The file that holds the parent of the disk in the file `name`, as the package says it; null where it says nothing. */
  statedParent(name: string): FileReference | null;
}

/** Opens the files of a package, and remembers of each which one it is. */
export class PackageGate {
  readonly #files: GatedFiles;
  readonly #names = new WeakMap<ByteSource, string>();
  /** What parentOf() gave: those are names from the package's root, whoever asks for them. */
  readonly #stated = new WeakSet<FileReference>();

  constructor(files: GatedFiles) {
    this.#files = files;
  }

  /** `source`, which is the file `name` of the package. */
  remember(name: string, source: ByteSource): ByteSource {
    this.#names.set(source, normaliseName(name));
    return source;
  }

  /** The gate for what lies in `folder`: names start there, and lead to files of the package only. */
  contextIn(folder: string): PackageContext {
    return {
      openReference: (reference) => this.#open(folder, reference),
      findBeside: (matches) => this.#findIn(folder, matches),
      contextOf: (source) => {
        const name = this.#names.get(source);
        return this.contextIn(name === undefined ? folder : folderOf(name));
      },
      parentOf: (source) => {
        const name = this.#names.get(source);
        const parent = name === undefined ? null : this.#files.statedParent(name);
        if (parent !== null) this.#stated.add(parent);
        return parent;
      },
    };
  }

  #open(folder: string, reference: FileReference): ByteSource {
    const { name } = reference;
    const reason = nameRefusal(name);
    if (reason !== null) throw new Failure('reference.denied', { reference: name, reason });
    const place = normaliseName(this.#stated.has(reference) ? name : folder + name);
    try {
      return this.remember(place, this.#files.open(place));
    } catch (error) {
      if (isFailure(error, 'package.file-missing')) {
        throw new Failure('image.parent-missing', { path: this.#files.path, reference: name }, error);
      }
      if (!isFailure(error, 'package.unsafe-name')) throw error;
      throw new Failure('reference.denied', { reference: name, reason: error.details.reason }, error);
    }
  }

  #findIn(folder: string, matches: (file: ByteSource) => boolean): string | null {
    const inFolder = this.#files.diskFiles.filter((name) => folderOf(name) === folder);
    for (const name of inFolder.slice(0, searchLimit)) {
      let file: ByteSource;
      try {
        file = this.#files.open(name);
      } catch (error) {
        // A disk that cannot be opened cannot be the one; the archive itself going bad is another matter.
        if (error instanceof Failure && !error.code.startsWith('io.')) continue;
        throw error;
      }
      try {
        if (matches(file)) return name.slice(folder.length);
      } finally {
        file.close();
      }
    }
    return null;
  }
}

/** The folder that a name lies in, with a slash at its end; empty for the root. */
export function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/') + 1);
}
