/** A package whose files are the members of a tar (DSP0243 2.1, section 5.3). */
import { nameRefusal, normaliseName } from '../../archives/member-name.ts';
import { TarArchive } from '../../archives/tar.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { chunkSuffix, type Container, type ContainerFile } from '../container.ts';

export class TarContainer implements Container {
  readonly path: string;
  readonly files: readonly ContainerFile[];
  readonly #archive: TarArchive;
  readonly #chunks = new Map<string, string[]>();

  /** Takes ownership of `file`. @throws Failure `package.malformed`, `image.truncated`. */
  constructor(file: ByteSource) {
    this.path = file.path;
    this.#archive = new TarArchive(file);
    this.files = this.#archive.members;
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
