/** Writes .xz files (The .xz File Format 1.2.1): one stream of blocks of 8 MiB, each readable by itself, checked by CRC-64. */
import { crc32 } from '../bytes/crc32.ts';
import { Crc64 } from './crc64.ts';
import { Lzma2Encoder } from './lzma2-encoder.ts';
import type { Emit, StreamEncoder } from './wrapped-sink.ts';
import { checkIds, footerMagic, headerMagic, padded } from './xz-layout.ts';

const blockBytes = 8 << 20;
/** 2 << 22: the block. */
const dictionaryBits = 22;
const lzma2Filter = 0x21;
const streamFlags = [0, checkIds.crc64] as const;

export class XzEncoder implements StreamEncoder {
  readonly #emit: Emit;
  readonly #encoder = new Lzma2Encoder(blockBytes);
  readonly #block = new Uint8Array(blockBytes);
  #filled = 0;
  /** LZMA2 of one block: stored chunks are the worst case. */
  readonly #packed = new Uint8Array(blockBytes + (blockBytes >> 8) + 4096);
  #index: number[] = [];
  #blockCount = 0;
  #started = false;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const count = Math.min(bytes.length - done, blockBytes - this.#filled);
      this.#block.set(bytes.subarray(done, done + count), this.#filled);
      this.#filled += count;
      done += count;
      if (this.#filled === blockBytes) this.#flush();
    }
  }

  finish(): void {
    if (this.#filled > 0) this.#flush();
    if (!this.#started) this.#begin();
    const records = [0, ...vli(this.#blockCount), ...this.#index];
    while (records.length % 4 !== 0) records.push(0);
    const index = withCrc(Uint8Array.from(records));
    this.#emit(index);
    const tail = new Uint8Array(6);
    new DataView(tail.buffer).setUint32(0, index.length / 4 - 1, true);
    tail.set(streamFlags, 4);
    this.#emit(Uint8Array.from([...crcBytes(tail), ...tail, ...footerMagic]));
  }

  #begin(): void {
    this.#started = true;
    this.#emit(Uint8Array.from([...headerMagic, ...withCrc(Uint8Array.from(streamFlags))]));
  }

  #flush(): void {
    if (!this.#started) this.#begin();
    const block = this.#block.subarray(0, this.#filled);
    this.#filled = 0;
    let packedBytes = 0;
    this.#encoder.encode(block, (bytes) => {
      this.#packed.set(bytes, packedBytes);
      packedBytes += bytes.length;
    });
    const header = blockHeader(packedBytes, block.length);
    this.#emit(header);
    this.#packed.fill(0, packedBytes, padded(packedBytes));
    this.#emit(this.#packed.subarray(0, padded(packedBytes)));
    const check = new Crc64();
    check.update(block);
    const { low, high } = check.value();
    const stored = new Uint8Array(8);
    new DataView(stored.buffer).setUint32(0, low, true);
    new DataView(stored.buffer).setUint32(4, high, true);
    this.#emit(stored);
    this.#blockCount += 1;
    for (const byte of vli(header.length + packedBytes + 8)) this.#index.push(byte);
    for (const byte of vli(block.length)) this.#index.push(byte);
  }
}

/** Section 3.1, with both sizes, so that others may decode the blocks at the same time. */
function blockHeader(packedBytes: number, outputBytes: number): Uint8Array {
  const fields = [0, 0xc0, ...vli(packedBytes), ...vli(outputBytes), lzma2Filter, 1, dictionaryBits];
  while (fields.length % 4 !== 0) fields.push(0);
  fields[0] = fields.length / 4;
  return withCrc(Uint8Array.from(fields));
}

/** A multibyte integer (section 1.2). */
function vli(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

function crcBytes(bytes: Uint8Array): Uint8Array {
  const crc = new Uint8Array(4);
  new DataView(crc.buffer).setUint32(0, crc32(bytes), true);
  return crc;
}

function withCrc(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([...bytes, ...crcBytes(bytes)]);
}
