/** Zstandard files (RFC 8878): frames decoded by node:zlib, fed block by block so that every end and truncation is known. */
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../bytes/source.ts';
import { readBytes } from '../bytes/source.ts';
import { CompressedInput } from './compressed-input.ts';
import {
  usualHistoryLimitBytes,
  type CompressedStream,
  type DecodeLimits,
  type ForwardDecoder,
} from './decoded-source.ts';
import { zstdContinue, zstdDecodeStream, type NativeStream } from './native-stream.ts';

const frameMagic = 0xfd2fb528;
/** Sixteen numbers from here on begin a frame that is skipped (section 3.1.2). */
const skippableMagic = 0x184d2a50;
const longestHeader = 18;
const frameLimit = 1 << 20;
const reservedBlock = 3;
const runLengthBlock = 1;

/** A frame's header (section 3.1.1.1). */
interface FrameHeader {
  readonly headerBytes: number;
  readonly windowBytes: number;
  /** Null where the header does not say. */
  readonly contentBytes: number | null;
  readonly hasChecksum: boolean;
}

interface Frame {
  readonly fileOffset: number;
  readonly outputOffset: number;
}

/** Whether the file begins with a frame; a skippable one must be followed by a real one. */
export function isZstd(file: ByteSource): boolean {
  let offset = 0;
  for (let skipped = 0; skipped < 16 && offset + 8 <= file.sizeBytes; skipped++) {
    const view = new DataView(readBytes(file, offset, 8).buffer);
    const magic = view.getUint32(0, true);
    if (magic === frameMagic) return true;
    if (!isSkippable(magic)) return false;
    offset += 8 + view.getUint32(4, true);
  }
  return false;
}

function isSkippable(magic: number): boolean {
  return (magic & 0xfffffff0) >>> 0 === skippableMagic;
}

/** The frames of `file`, entered again at those that begin at a known offset of the output. */
export function zstdStream(file: ByteSource, limits: DecodeLimits): CompressedStream {
  let walk: { readonly frames: readonly Frame[]; readonly sizeBytes: number | null } | null = null;
  const index = () => (walk ??= walkFrames(file, limits.throwIfCancelled ?? (() => {})));
  const frameBefore = (outputOffset: number): Frame => {
    let found: Frame = { fileOffset: 0, outputOffset: 0 };
    for (const frame of index().frames) if (frame.outputOffset <= outputOffset) found = frame;
    return found;
  };
  return {
    statedBytes: () => index().sizeBytes,
    restartBefore: (outputOffset) => frameBefore(outputOffset).outputOffset,
    decoderAt: (restart) =>
      new ZstdDecoder(file, restart === 0 ? 0 : frameBefore(restart).fileOffset, limits),
  };
}

/** Goes from block to block without decoding any: the frames as far as their sizes are stated, and the size of all. */
function walkFrames(file: ByteSource, throwIfCancelled: () => void) {
  const input = new CompressedInput(file, 'zstd');
  const frames: Frame[] = [];
  let outputOffset: number | null = 0;
  for (let offset = 0; offset < file.sizeBytes;) {
    throwIfCancelled();
    if (frames.length === frameLimit)
      throw input.unsupported(inEnglish('more than {frameLimit} frames', { frameLimit }));
    input.seek(offset);
    if (offset > 0 && input.endsInZeros()) break;
    const skipped = skippableBytes(input);
    if (skipped !== null) {
      offset += skipped;
      continue;
    }
    const header = readFrameHeader(input);
    if (outputOffset !== null) frames.push({ fileOffset: offset, outputOffset });
    offset = endOfBlocks(file, input, offset + header.headerBytes) + (header.hasChecksum ? 4 : 0);
    if (offset > file.sizeBytes) throw input.truncated(offset);
    if (outputOffset !== null) {
      outputOffset = header.contentBytes === null ? null : outputOffset + header.contentBytes;
    }
    if (outputOffset !== null && !Number.isSafeInteger(outputOffset)) {
      throw input.malformed('frame header', 'Frame_Content_Size', inEnglish('the sizes are absurd'), offset);
    }
  }
  return { frames, sizeBytes: outputOffset };
}

function endOfBlocks(file: ByteSource, input: CompressedInput, firstOffset: number): number {
  const head = new Uint8Array(3);
  for (let offset = firstOffset; ;) {
    if (offset + 3 > file.sizeBytes) throw input.truncated(offset + 3);
    file.read(offset, head);
    const block = readBlockHeader(head, input, offset);
    offset += 3 + block.storedBytes;
    if (block.isLast) return offset;
  }
}

/** Block_Header (section 3.1.1.2). */
function readBlockHeader(head: Uint8Array, input: CompressedInput, offset: number) {
  const value = head[0]! | (head[1]! << 8) | (head[2]! << 16);
  const type = (value >> 1) & 3;
  if (type === reservedBlock)
    throw input.malformed('block', 'Block_Type', inEnglish('it is reserved'), offset);
  return { isLast: (value & 1) === 1, storedBytes: type === runLengthBlock ? 1 : value >> 3 };
}

/** The size of the skippable frame that the input stands at; null when it is none. */
function skippableBytes(input: CompressedInput): number | null {
  const head = input.peek(8);
  if (head.length < 4) throw input.truncated(input.offset + 4);
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  if (!isSkippable(view.getUint32(0, true))) return null;
  if (head.length < 8) throw input.truncated(input.offset + 8);
  const bytes = 8 + view.getUint32(4, true);
  if (input.offset + bytes > input.file.sizeBytes) throw input.truncated(input.offset + bytes);
  return bytes;
}

/** Looks at the header that the input stands at. @throws Failure `image.malformed`, `image.truncated`, `image.unsupported`. */
function readFrameHeader(input: CompressedInput): FrameHeader {
  const head = input.peek(longestHeader);
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const need = (bytes: number): void => {
    if (head.length < bytes) throw input.truncated(input.offset + bytes);
  };
  need(5);
  if (view.getUint32(0, true) !== frameMagic) {
    throw input.malformed('frame', 'Magic_Number', inEnglish('no frame begins here'));
  }
  const descriptor = head[4]!;
  if (descriptor & 8) throw input.unsupported(inEnglish('a reserved bit of the frame header'));
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3]!;
  const sizeFlag = descriptor >> 6;
  const contentSizeBytes = sizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 1 << sizeFlag;
  const headerBytes = 5 + (isSingleSegment ? 0 : 1) + dictionaryIdBytes + contentSizeBytes;
  need(headerBytes);
  let windowBytes = 0;
  if (!isSingleSegment) {
    const base = 2 ** (10 + (head[5]! >> 3));
    windowBytes = base + (base / 8) * (head[5]! & 7);
  }
  const at = headerBytes - contentSizeBytes;
  let contentBytes: number | null = null;
  if (contentSizeBytes === 1) contentBytes = view.getUint8(at);
  else if (contentSizeBytes === 2) contentBytes = view.getUint16(at, true) + 256;
  else if (contentSizeBytes === 4) contentBytes = view.getUint32(at, true);
  else if (contentSizeBytes === 8) {
    contentBytes = view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
    if (!Number.isSafeInteger(contentBytes)) {
      throw input.malformed('frame header', 'Frame_Content_Size', inEnglish('it is absurd'));
    }
  }
  if (isSingleSegment) windowBytes = contentBytes!;
  return { headerBytes, windowBytes, contentBytes, hasChecksum: (descriptor & 4) !== 0 };
}

/** One frame after the other. */
class ZstdDecoder implements ForwardDecoder {
  readonly #input: CompressedInput;
  readonly #native: NativeStream;
  readonly #historyLimitBytes: number;
  #header: FrameHeader | null = null;
  /** What of the frame is still to be given to zstd before the next block header is looked at. */
  #pieceLeft = 0;
  #lastBlockSeen = false;
  #checksumSeen = false;
  #made = 0;

  constructor(file: ByteSource, fileOffset: number, limits: DecodeLimits) {
    this.#input = new CompressedInput(file, 'zstd', fileOffset);
    this.#historyLimitBytes = limits.historyLimitBytes ?? usualHistoryLimitBytes;
    const native = zstdDecodeStream(Math.floor(Math.log2(this.#historyLimitBytes)));
    if (native === null) throw this.#input.unsupported(inEnglish('Zstandard on this version of Node'));
    this.#native = native;
  }

  decode(into: Uint8Array): number {
    const input = this.#input;
    while (true) {
      if (this.#header === null && !this.#beginFrame()) return 0;
      if (this.#pieceLeft === 0) this.#nextPiece();
      const available = this.#pieceLeft === 0 ? input.peek(0) : input.available(this.#pieceLeft);
      if (this.#pieceLeft > 0 && available.length === 0) throw input.truncated();
      const { inputLeft, outputLeft, problem } = this.#native.step(zstdContinue, available, into);
      if (problem !== null) throw input.malformed('frame', 'block', problem);
      input.skip(available.length - inputLeft);
      this.#pieceLeft -= available.length - inputLeft;
      const count = into.length - outputLeft;
      this.#made += count;
      if (outputLeft > 0 && this.#pieceLeft === 0 && this.#lastBlockSeen && this.#checksumSeen)
        this.#endFrame();
      if (count > 0) return count;
    }
  }

  #beginFrame(): boolean {
    const input = this.#input;
    while (!input.ended && input.peek(1)[0] !== 0) {
      const skipped = skippableBytes(input);
      if (skipped === null) break;
      input.skip(skipped);
    }
    if (input.ended || (input.offset > 0 && input.endsInZeros())) return false;
    const header = readFrameHeader(input);
    if (header.windowBytes > this.#historyLimitBytes) {
      throw input.unsupported(
        inEnglish('a window of {windowBytes} bytes (at most {historyLimitBytes})', {
          windowBytes: header.windowBytes,
          historyLimitBytes: this.#historyLimitBytes,
        }),
      );
    }
    this.#native.reset();
    this.#header = header;
    this.#pieceLeft = header.headerBytes;
    this.#lastBlockSeen = false;
    this.#checksumSeen = false;
    this.#made = 0;
    return true;
  }

  #nextPiece(): void {
    const input = this.#input;
    if (!this.#lastBlockSeen) {
      const head = input.peek(3);
      if (head.length < 3) throw input.truncated(input.offset + 3);
      const block = readBlockHeader(head, input, input.offset);
      this.#pieceLeft = 3 + block.storedBytes;
      this.#lastBlockSeen = block.isLast;
    } else if (!this.#checksumSeen) {
      this.#pieceLeft = this.#header!.hasChecksum ? 4 : 0;
      this.#checksumSeen = true;
    }
  }

  #endFrame(): void {
    const { contentBytes } = this.#header!;
    if (contentBytes !== null && contentBytes !== this.#made) {
      throw this.#input.malformed(
        'frame header',
        'Frame_Content_Size',
        inEnglish('the data have another size'),
      );
    }
    this.#header = null;
  }
}
