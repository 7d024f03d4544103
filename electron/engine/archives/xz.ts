/** .xz files (The .xz File Format 1.2.1; LZMA2 only, any number of streams): decoded forward, entered again at any block. */
import { createHash, type Hash } from 'node:crypto';
import { inEnglish } from '#shared/in-english.ts';
import { crc32 } from '../bytes/crc32.ts';
import type { ByteSource } from '../bytes/source.ts';
import { CompressedInput } from './compressed-input.ts';
import { Crc64 } from './crc64.ts';
import {
  usualHistoryLimitBytes,
  type CompressedStream,
  type DecodeLimits,
  type ForwardDecoder,
} from './decoded-source.ts';
import { Lzma2Decoder } from './lzma2-decoder.ts';
import {
  checkBytes,
  checkIds,
  malformedXz,
  padded,
  readBlockHeader,
  readBlocks,
  type XzBlock,
} from './xz-layout.ts';

/** The streams of `file`. Its blocks are listed by the indices at the ends of its streams, when they are first needed. */
export function xzStream(file: ByteSource, limits: DecodeLimits): CompressedStream {
  let blocks: readonly XzBlock[] | null = null;
  const list = (): readonly XzBlock[] => (blocks ??= readBlocks(file, new CompressedInput(file, 'xz')));
  return {
    statedBytes() {
      const last = list()[list().length - 1];
      return last === undefined ? 0 : last.outputOffset + last.outputBytes;
    },
    restartBefore: (outputOffset) => list()[blockBefore(list(), outputOffset)]?.outputOffset ?? 0,
    decoderAt: (restart) => new XzDecoder(file, list(), blockBefore(list(), restart), limits),
  };
}

function blockBefore(blocks: readonly XzBlock[], outputOffset: number): number {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (blocks[middle]!.outputOffset <= outputOffset) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** One block after the other. */
class XzDecoder implements ForwardDecoder {
  readonly #input: CompressedInput;
  readonly #blocks: readonly XzBlock[];
  readonly #historyLimitBytes: number;
  #next: number;
  #block: { readonly decoder: Lzma2Decoder; readonly headerBytes: number; readonly place: XzBlock } | null =
    null;
  #check: BlockCheck | null = null;
  #made = 0;

  constructor(file: ByteSource, blocks: readonly XzBlock[], first: number, limits: DecodeLimits) {
    this.#input = new CompressedInput(file, 'xz');
    this.#blocks = blocks;
    this.#next = first;
    this.#historyLimitBytes = limits.historyLimitBytes ?? usualHistoryLimitBytes;
  }

  decode(into: Uint8Array): number {
    while (true) {
      if (this.#block === null && !this.#beginBlock()) return 0;
      const { decoder, place } = this.#block!;
      const count = decoder.decode(into);
      if (count > 0) {
        this.#made += count;
        if (this.#made > place.outputBytes) throw this.#disagrees('uncompressed size');
        this.#check!.update(into.subarray(0, count));
        return count;
      }
      this.#endBlock();
    }
  }

  #beginBlock(): boolean {
    const place = this.#blocks[this.#next];
    if (place === undefined) return false;
    this.#next += 1;
    const input = this.#input;
    input.seek(place.fileOffset);
    if (input.peek(1)[0] === 0)
      throw malformedXz('index', 'records', inEnglish('there are fewer blocks'), place.fileOffset);
    const header = readBlockHeader(input);
    const compressedBytes = place.unpaddedBytes - header.headerBytes - checkBytes(place.check);
    const agrees =
      (header.compressedBytes ?? compressedBytes) === compressedBytes &&
      (header.outputBytes ?? place.outputBytes) === place.outputBytes;
    if (!agrees || compressedBytes <= 0) {
      throw malformedXz('block header', 'sizes', inEnglish('the index says otherwise'), place.fileOffset);
    }
    // A dictionary longer than the block is never filled.
    const dictionaryBytes = Math.min(header.dictionaryBytes, place.outputBytes);
    if (dictionaryBytes > this.#historyLimitBytes) {
      throw input.unsupported(
        inEnglish('a dictionary of {dictionaryBytes} bytes (at most {historyLimitBytes})', {
          dictionaryBytes,
          historyLimitBytes: this.#historyLimitBytes,
        }),
      );
    }
    const decoder = new Lzma2Decoder(input, dictionaryBytes);
    this.#block = { decoder, headerBytes: header.headerBytes, place };
    this.#check = new BlockCheck(place.check);
    this.#made = 0;
    return true;
  }

  #endBlock(): void {
    const { place, headerBytes } = this.#block!;
    const input = this.#input;
    const compressedBytes = input.offset - place.fileOffset - headerBytes;
    if (this.#made !== place.outputBytes) throw this.#disagrees('uncompressed size');
    if (headerBytes + compressedBytes + checkBytes(place.check) !== place.unpaddedBytes) {
      throw this.#disagrees('unpadded size');
    }
    const padding = padded(compressedBytes) - compressedBytes;
    if (input.take(padding).some((byte) => byte !== 0)) {
      throw malformedXz('block', 'padding', inEnglish('it is not zero'), input.offset - padding);
    }
    const offset = input.offset;
    const stored = input.take(checkBytes(place.check));
    if (!this.#check!.matches(stored)) {
      throw malformedXz('block', 'check', inEnglish('the data have another checksum'), offset);
    }
    this.#block = null;
  }

  #disagrees(field: string) {
    return malformedXz('index', field, inEnglish('the block has another one'), this.#block!.place.fileOffset);
  }
}

/** The integrity check of a block; of kinds that nobody defined, only the size is known. */
class BlockCheck {
  readonly #id: number;
  #crc32 = 0;
  readonly #crc64: Crc64 | null;
  readonly #sha256: Hash | null;

  constructor(id: number) {
    this.#id = id;
    this.#crc64 = id === checkIds.crc64 ? new Crc64() : null;
    this.#sha256 = id === checkIds.sha256 ? createHash('sha256') : null;
  }

  update(bytes: Uint8Array): void {
    if (this.#id === checkIds.crc32) this.#crc32 = crc32(bytes, this.#crc32);
    this.#crc64?.update(bytes);
    this.#sha256?.update(bytes);
  }

  matches(stored: Uint8Array): boolean {
    const view = new DataView(stored.buffer, stored.byteOffset, stored.length);
    if (this.#id === checkIds.crc32) return view.getUint32(0, true) === this.#crc32;
    if (this.#crc64 !== null) {
      const { low, high } = this.#crc64.value();
      return view.getUint32(0, true) === low && view.getUint32(4, true) === high;
    }
    return this.#sha256 === null || this.#sha256.digest().equals(stored);
  }
}
