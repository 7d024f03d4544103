/** A package whose files are the members of an archive: the tar of an OVA (DSP0243 2.1, section 5.3), a box in tar or zip. */
import type { Archive } from '../archives/archive.ts';
import { nameRefusal, normaliseName } from '../archives/member-name.ts';
import type { ByteSource } from '../bytes/source.ts';
import { chunkSuffix, type Container, type ContainerFile } from './container.ts';

export class ArchiveContainer implements Container {
  readonly path: string;
  readonly files: readonly ContainerFile[];
  readonly #archive: Archive;
  readonly #chunks = new Map<string, string[]>();

  /** Takes ownership of `archive`, which is the file at `path`. */
  constructor(path: string, archive: Archive) {
    this.path = path;
    this.#archive = archive;
    this.files = archive.members;
    for (const { name } of this.files) {
      if (!chunkSuffix.test(name)) continue;
      const stem = name.replace(chunkSuffix, '');
      const chunks = this.#chunks.get(stem);
      if (chunks === undefined) this.#chunks.set(stem, [name]);
      else chunks.push(name);
    }
    for (const chunks of this.#chunks.values()) chunks.sort();
  }

  find(name: string): ContainerFile | null {
    return nameRefusal(name) === null ? this.#archive.find(name) : null;
  }

  open(name: string): ByteSource {
    return this.#archive.open(name);
  }

  chunksOf(name: string): readonly string[] {
    return this.#chunks.get(normaliseName(name)) ?? [];
  }

  close(): void {
    this.#archive.close();
  }
}
