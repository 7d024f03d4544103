/** A tar in gzip, written in one pass: every member's size is known before, its digest is taken on the way. */
import { createHash, type Hash } from 'node:crypto';
import { statSync } from 'node:fs';
import type { BuiltFile } from '#shared/domain/build.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { encodeTarHeader, tarEndBytes, tarPadding } from '../archives/tar-writer.ts';
import { blockBytes } from '../archives/tar-header.ts';
import { WrappedSink } from '../archives/wrapped-sink.ts';
import { writtenWrappers } from '../archives/wrappers.ts';
import type { OutputFile } from '../bytes/output-file.ts';
import type { ByteSink } from '../bytes/sink.ts';
import { FileSource } from '../bytes/source.ts';
import type { WrittenMember } from '../builders/driver.ts';
import type { Control } from '../control.ts';
import { openSource } from '../pipeline/open.ts';
import { hashSource, type EnclosureWriter, type MemberPlace } from './enclosures.ts';

const gzip = writtenWrappers.find(({ id }) => id === 'gzip')!;

/** The most bytes that a tar of `tarBytes` takes: what does not compress grows a little. */
export function compressedLimit(tarBytes: number): number {
  return gzip.creation.outputLimit(tarBytes);
}

interface Place {
  readonly name: string;
  readonly start: number;
  readonly sizeBytes: number;
  readonly hash: ForwardHash;
}

/** The digest of what goes forward into a sink; what is left out counts as zeros. */
class ForwardHash {
  readonly #hash: Hash = createHash('sha256');
  readonly #zeros = new Uint8Array(1 << 20);
  #done = 0;

  add(offset: number, bytes: Uint8Array): void {
    this.fillTo(offset);
    this.#hash.update(bytes);
    this.#done += bytes.length;
  }

  fillTo(offset: number): void {
    while (this.#done < offset) {
      const count = Math.min(this.#zeros.length, offset - this.#done);
      this.#hash.update(this.#zeros.subarray(0, count));
      this.#done += count;
    }
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}

export class TarGzipEnclosure implements EnclosureWriter {
  readonly #output: OutputFile;
  readonly #tar: WrappedSink;
  readonly #tarBytes: number;
  readonly #places: Place[] = [];

  /** `sizes`: those of the members, in their order. */
  constructor(output: OutputFile, sizes: readonly number[]) {
    this.#output = output;
    this.#tarBytes = sizes.reduce((sum, size) => sum + blockBytes + size + tarPadding(size), tarEndBytes);
    this.#tar = new WrappedSink(output, gzip.creation, { sizeBytes: this.#tarBytes });
  }

  place(name: string, sizeBytes: number | null): MemberPlace {
    if (sizeBytes === null)
      throw new Failure('internal', { problem: inEnglish('{name} needs a size in a tar.gz', { name }) });
    const before = this.#places.at(-1);
    const end = before === undefined ? 0 : before.start + before.sizeBytes + tarPadding(before.sizeBytes);
    const start = end + blockBytes;
    const hash = new ForwardHash();
    this.#places.push({ name, start, sizeBytes, hash });
    this.#tar.write(end, encodeTarHeader({ name, sizeBytes }));
    const sink: ByteSink = {
      write: (fileOffset, bytes) => {
        hash.add(fileOffset, bytes);
        this.#tar.write(start + fileOffset, bytes);
      },
      truncate(size) {
        if (size !== sizeBytes)
          throw new Failure('internal', { problem: inEnglish('{name} has another size', { name }) });
      },
    };
    return {
      sink,
      sizeBytes: () => sizeBytes,
      readable: null,
      sha256() {
        hash.fillTo(sizeBytes);
        return hash.digest();
      },
    };
  }

  finish(members: readonly WrittenMember[], control: Control): BuiltFile[] {
    this.#tar.finish();
    this.#output.sync();
    this.#verify(members, control);
    const file = new FileSource(this.#output.partialPath);
    control.begin('hashing', file.sizeBytes, this.#output.name);
    let sha256: string;
    try {
      sha256 = hashSource(file, control);
    } finally {
      file.close();
    }
    this.#output.commit();
    const { finalPath } = this.#output;
    return [{ path: finalPath, sizeBytes: statSync(finalPath).size, sha256 }];
  }

  discard(): void {
    this.#output.discard();
  }

  /** Reads all of it back: each member must have the digest that it had on its way. */
  #verify(members: readonly WrittenMember[], control: Control): void {
    control.begin('verifying', this.#tarBytes, this.#output.name);
    for (const [index, { start, sizeBytes }] of this.#places.entries()) {
      const part = { start, length: sizeBytes };
      const { source } = openSource({ path: this.#output.partialPath, wrapper: gzip.id, part }, control);
      try {
        if (hashSource(source, control) === members[index]!.sha256) continue;
        throw new Failure('output.verification-failed', { path: this.#output.finalPath, virtualOffset: 0 });
      } finally {
        source.close();
      }
    }
  }
}
