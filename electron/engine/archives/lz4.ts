/** LZ4 files: the frame format (LZ4 Frame Format 1.6.3) and the legacy one that Linux uses for ramdisks. */
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../bytes/source.ts';
import { readBytes } from '../bytes/source.ts';
import { CompressedInput } from './compressed-input.ts';
import type { CompressedStream, ForwardDecoder } from './decoded-source.ts';
import { decodeLz4Block } from './lz4-block.ts';
import { Xxh32, xxh32 } from './xxh32.ts';

const frameMagic = 0x184d2204;
const legacyMagic = 0x184c2102;
const skippableMagic = 0x184d2a50;
const legacyBlockBytes = 8 << 20;
const historyBytes = 64 << 10;
/** What lz4 calls the worst case of one block. */
const compressBound = (bytes: number): number => bytes + Math.floor(bytes / 255) + 16;

/** Whether the file begins with a frame of either kind. */
export function isLz4(file: ByteSource): boolean {
  if (file.sizeBytes < 7) return false;
  const head = new DataView(readBytes(file, 0, 7).buffer);
  const magic = head.getUint32(0, true);
  if (magic === legacyMagic) return true;
  // Version 1, no reserved bits, a block size that exists.
  return magic === frameMagic && (head.getUint8(4) & 0xc2) === 0x40 && (head.getUint8(5) & 0x8f) === 0;
}

/** The frames of `file`, from its start. */
export function lz4Stream(file: ByteSource): CompressedStream {
  return {
    statedBytes: () => null,
    restartBefore: () => 0,
    decoderAt: () => new Lz4Decoder(file),
  };
}

/** The descriptor of the frame that is being decoded. */
interface Frame {
  readonly isLegacy: boolean;
  readonly blocksAreIndependent: boolean;
  readonly blockChecksums: boolean;
  readonly contentChecksum: Xxh32 | null;
  readonly contentBytes: number | null;
  readonly blockBytes: number;
}

/** One block after the other, each decoded as a whole behind the 64 KiB before it. */
class Lz4Decoder implements ForwardDecoder {
  readonly #input: CompressedInput;
  #frame: Frame | null = null;
  #buffer = new Uint8Array(0);
  #packed = new Uint8Array(0);
  /** In `#buffer`: history up to `#at`, output from there to `#end`. */
  #at = 0;
  #end = 0;
  #made = 0;

  constructor(file: ByteSource) {
    this.#input = new CompressedInput(file, 'lz4');
  }

  decode(into: Uint8Array): number {
    while (this.#at === this.#end) {
      if (this.#frame === null && !this.#beginFrame()) return 0;
      if (this.#frame !== null) this.#decodeBlock(this.#frame);
    }
    const count = Math.min(into.length, this.#end - this.#at);
    into.set(this.#buffer.subarray(this.#at, this.#at + count));
    this.#at += count;
    return count;
  }

  #beginFrame(): boolean {
    const input = this.#input;
    while (!input.ended) {
      const { offset } = input;
      if (offset > 0 && input.endsInZeros()) return false;
      const magic = input.u32le();
      if ((magic & 0xfffffff0) >>> 0 === skippableMagic) {
        const skipped = input.u32le();
        if (input.offset + skipped > input.file.sizeBytes) throw input.truncated(input.offset + skipped);
        input.skip(skipped);
        continue;
      }
      if (magic === legacyMagic) this.#frame = legacyFrame;
      else if (magic === frameMagic) this.#frame = this.#readDescriptor();
      else throw input.malformed('frame', 'magic number', inEnglish('no frame begins here'), offset);
      this.#prepare(this.#frame.blockBytes);
      return true;
    }
    return false;
  }

  #prepare(blockBytes: number): void {
    this.#at = this.#end = 0;
    this.#made = 0;
    if (this.#buffer.length < historyBytes + blockBytes) {
      this.#buffer = new Uint8Array(historyBytes + blockBytes);
      this.#packed = new Uint8Array(compressBound(blockBytes));
    }
  }

  #readDescriptor(): Frame {
    const input = this.#input;
    const { offset } = input;
    const head = input.peek(15).slice();
    const flags = head[0] ?? 0;
    const blockSize = ((head[1] ?? 0) >> 4) & 7;
    const hasContentBytes = (flags & 8) !== 0;
    const descriptorBytes = 2 + (hasContentBytes ? 8 : 0) + (flags & 1 ? 4 : 0);
    if (head.length < descriptorBytes + 1) throw input.truncated(offset + descriptorBytes + 1);
    if (((xxh32(head.subarray(0, descriptorBytes)) >>> 8) & 255) !== head[descriptorBytes]) {
      throw input.malformed(
        'frame descriptor',
        'HC',
        inEnglish('the checksum is wrong'),
        offset + descriptorBytes,
      );
    }
    if (flags >> 6 !== 1 || flags & 2 || head[1]! & 0x8f || blockSize < 4) {
      throw input.unsupported(inEnglish('a frame descriptor of another version'));
    }
    if (flags & 1) throw input.unsupported('dictionaries');
    const view = new DataView(head.buffer);
    const contentBytes = hasContentBytes ? view.getUint32(2, true) + view.getUint32(6, true) * 2 ** 32 : null;
    input.skip(descriptorBytes + 1);
    return {
      isLegacy: false,
      blocksAreIndependent: (flags & 0x20) !== 0,
      blockChecksums: (flags & 0x10) !== 0,
      contentChecksum: flags & 4 ? new Xxh32() : null,
      contentBytes,
      blockBytes: 1 << (8 + 2 * blockSize),
    };
  }

  #decodeBlock(frame: Frame): void {
    const input = this.#input;
    const { offset } = input;
    if (frame.isLegacy && this.#legacyEnds()) return;
    const word = input.u32le();
    if (word === 0 && !frame.isLegacy) {
      this.#endFrame(frame);
      return;
    }
    const isStored = !frame.isLegacy && word >= 2 ** 31;
    const storedBytes = isStored ? word - 2 ** 31 : word;
    const limit = frame.isLegacy ? compressBound(frame.blockBytes) : frame.blockBytes;
    if (storedBytes > limit)
      throw input.malformed('block', 'size', inEnglish('it is larger than any block'), offset);
    const packed = this.#takeBlock(storedBytes);
    if (frame.blockChecksums && input.u32le() !== xxh32(packed)) {
      throw input.malformed('block', 'checksum', inEnglish('the data have another one'), offset);
    }
    const history = frame.blocksAreIndependent ? 0 : Math.min(historyBytes, this.#end);
    this.#buffer.copyWithin(0, this.#end - history, this.#end);
    const room = this.#buffer.subarray(0, history + frame.blockBytes);
    let end: number;
    if (isStored) {
      room.set(packed, history);
      end = history + storedBytes;
    } else {
      end = decodeLz4Block(packed, room, history);
      if (end < 0) throw input.malformed('block', 'sequence', inEnglish('it is damaged'), offset);
    }
    this.#at = history;
    this.#end = end;
    this.#made += end - history;
    frame.contentChecksum?.update(room.subarray(history, end));
  }

  /** A legacy frame ends where the file does, or where another frame begins. */
  #legacyEnds(): boolean {
    const input = this.#input;
    const head = input.peek(4);
    const word =
      head.length < 4 ? 0 : (head[0]! | (head[1]! << 8) | (head[2]! << 16) | (head[3]! << 24)) >>> 0;
    const isMagic =
      word === legacyMagic || word === frameMagic || (word & 0xfffffff0) >>> 0 === skippableMagic;
    if (head.length > 0 && !isMagic && !input.endsInZeros()) return false;
    this.#frame = null;
    return true;
  }

  #takeBlock(storedBytes: number): Uint8Array {
    const piece = 128 << 10;
    for (let done = 0; done < storedBytes; done += piece) {
      this.#packed.set(this.#input.take(Math.min(piece, storedBytes - done)), done);
    }
    return this.#packed.subarray(0, storedBytes);
  }

  #endFrame(frame: Frame): void {
    const input = this.#input;
    const { offset } = input;
    if (frame.contentChecksum !== null && input.u32le() !== frame.contentChecksum.digest()) {
      throw input.malformed('frame', 'content checksum', inEnglish('the data have another one'), offset);
    }
    if (frame.contentBytes !== null && frame.contentBytes !== this.#made) {
      throw input.malformed(
        'frame descriptor',
        'content size',
        inEnglish('the data have another one'),
        offset,
      );
    }
    this.#frame = null;
  }
}

const legacyFrame: Frame = {
  isLegacy: true,
  blocksAreIndependent: true,
  blockChecksums: false,
  contentChecksum: null,
  contentBytes: null,
  blockBytes: legacyBlockBytes,
};
