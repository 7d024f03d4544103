/** Bodies that zisofs compressed (mkzftree, Linux: Documentation/filesystems/isofs): zlib blocks behind a table. */
import { inflateSync } from 'node:zlib';
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, requireWithin, type ByteSource, type SourceRun } from '../../../bytes/source.ts';
import { format, malformed, zisofsHeader, zisofsMagic } from './layout.ts';

/** The plain bytes of a compressed body. Blocks are inflated when they are read; the last one is kept. */
export class ZisofsSource implements ByteSource {
  readonly path: string;
  readonly sizeBytes: number;
  readonly seekable: boolean;
  readonly #body: ByteSource;
  readonly #blockBytes: number;
  readonly #pointers: DataView;
  #block: Uint8Array = new Uint8Array(0);
  #blockNumber = -1;

  /** `uncompressedBytes` is what the directory says. @throws Failure `image.*`. */
  constructor(body: ByteSource, uncompressedBytes: number, path: string) {
    const header = zisofsHeader.read(body, 0);
    if (!header.magic.every((byte, index) => byte === zisofsMagic[index])) {
      throw zisofsHeader.malformed('magic', inEnglish('it is not that of zisofs'));
    }
    if (header.uncompressedBytes !== uncompressedBytes) {
      const problem = inEnglish('{uncompressedBytes} bytes here, {uncompressedBytes2} in the directory', {
        uncompressedBytes: header.uncompressedBytes,
        uncompressedBytes2: uncompressedBytes,
      });
      throw zisofsHeader.malformed('uncompressedBytes', problem);
    }
    if (header.blockLog2 < 15 || header.blockLog2 > 17) {
      throw zisofsHeader.malformed(
        'blockLog2',
        inEnglish('{blockLog2} is not from 15 to 17', { blockLog2: header.blockLog2 }),
      );
    }
    this.path = path;
    this.sizeBytes = uncompressedBytes;
    this.seekable = body.seekable;
    this.#body = body;
    this.#blockBytes = 2 ** header.blockLog2;
    const blocks = Math.ceil(uncompressedBytes / this.#blockBytes);
    const table = readBytes(body, header.headerWords * 4, (blocks + 1) * 4);
    this.#pointers = new DataView(table.buffer, table.byteOffset, table.length);
  }

  read(fileOffset: number, into: Uint8Array): void {
    requireWithin(this, fileOffset, into.length);
    for (let done = 0; done < into.length;) {
      const at = fileOffset + done;
      const number = Math.floor(at / this.#blockBytes);
      if (number !== this.#blockNumber) this.#load(number);
      const part = this.#block.subarray(at - number * this.#blockBytes).subarray(0, into.length - done);
      into.set(part, done);
      done += part.length;
    }
  }

  #load(number: number): void {
    const start = this.#pointers.getUint32(number * 4, true);
    const length = this.#pointers.getUint32(number * 4 + 4, true) - start;
    const wanted = Math.min(this.#blockBytes, this.sizeBytes - number * this.#blockBytes);
    this.#blockNumber = -1;
    if (length === 0) this.#block = new Uint8Array(wanted);
    else if (length < 0 || length > 2 * this.#blockBytes) {
      throw malformed(
        'zisofs block table',
        `block ${number}`,
        start,
        inEnglish('it is {length} bytes long', { length }),
      );
    } else this.#block = inflated(readBytes(this.#body, start, length), wanted, number, start);
    this.#blockNumber = number;
  }

  *runs(span: Span): Iterable<SourceRun> {
    const start = Math.min(Math.max(span.start, 0), this.sizeBytes);
    const length = Math.min(span.start + span.length, this.sizeBytes) - start;
    if (length > 0) yield { start, length, hole: false };
  }

  close(): void {}
}

function inflated(block: Uint8Array, wanted: number, number: number, start: number): Uint8Array {
  let plain: Uint8Array;
  try {
    plain = inflateSync(block, { maxOutputLength: wanted });
  } catch (error) {
    const details = { format, structure: 'zisofs block', field: `block ${number}`, fileOffset: start };
    const problem = error instanceof Error ? error.message : String(error);
    throw new Failure('image.malformed', { ...details, problem }, error);
  }
  if (plain.length === wanted) return plain;
  const problem = inEnglish('it inflates to {count} bytes, not to {wanted}', { count: plain.length, wanted });
  throw malformed('zisofs block', `block ${number}`, start, problem);
}
