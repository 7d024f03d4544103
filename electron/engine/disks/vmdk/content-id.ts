/** The content identifiers of a new VMDK, made from its content: the same disk always gets the same ones. */
import { createHash, type Hash } from 'node:crypto';
import type { TargetShape } from '../driver.ts';

/** How much of each unit counts, in this many pieces spread over it: hashing all of it would slow the writer down. */
const sampleBytes = 64;
const samples = 8;

/** What VMware reads as "no parent" and "see the long content ID". */
const reserved: readonly string[] = ['ffffffff', 'fffffffe', '00000000'];

export interface ContentId {
  /** `CID`: eight hexadecimal digits. */
  readonly short: string;
  /** `ddb.longContentID`: 32 hexadecimal digits, of which the last eight are the CID. */
  readonly long: string;
  /** 16 bytes: a UUID of version 8 (RFC 9562). */
  readonly uuid: Uint8Array;
  /** `ddb.uuid`: 16 bytes that begin as VMware's own do, with its number among the makers of devices. */
  readonly deviceId: Uint8Array;
}

/** NAA 6, and VMware's 000C29. */
const deviceIdPrefix = '6000c29';

/** Gathers the content as it is written, unit by unit in ascending order. */
export class ContentDigest {
  readonly #hash: Hash = createHash('sha256');
  readonly #record = Buffer.alloc(12 + samples * sampleBytes);

  constructor(shape: TargetShape) {
    const options = Object.keys(shape.options)
      .sort()
      .map((name) => [name, shape.options[name]]);
    this.#hash.update(JSON.stringify([shape.capacityBytes, shape.variant, options]));
  }

  /** Counts one unit: where it is and samples of its bytes, plain or encoded. */
  addUnit(virtualOffset: number, unit: Uint8Array): void {
    const record = this.#record;
    record.fill(0);
    record.writeDoubleLE(virtualOffset, 0);
    record.writeUInt32LE(unit.length, 8);
    const step = Math.max(sampleBytes, (unit.length - sampleBytes) / (samples - 1));
    for (let index = 0; index < samples; index++) {
      const from = Math.floor(index * step);
      if (from < unit.length) record.set(unit.subarray(from, from + sampleBytes), 12 + index * sampleBytes);
    }
    this.#hash.update(record);
  }

  /** The identifiers of all that was added. */
  finish(): ContentId {
    const digest = this.#hash.digest();
    const more = createHash('sha256').update(digest).update('uuid').digest();
    const uuid = new Uint8Array(more.subarray(0, 16));
    uuid[6] = (uuid[6]! & 0x0f) | 0x80;
    uuid[8] = (uuid[8]! & 0x3f) | 0x80;
    const device = deviceIdPrefix + more.toString('hex', 16).slice(0, 32 - deviceIdPrefix.length);
    const deviceId = new Uint8Array(Buffer.from(device, 'hex'));
    return { ...contentIds(digest.toString('hex')), uuid, deviceId };
  }
}

function contentIds(digest: string): Pick<ContentId, 'short' | 'long'> {
  for (let at = 0; ; at += 8) {
    const short = digest.slice(at, at + 8);
    // A digest of nothing but reserved words is one in 2^256; then any other word does.
    if (short.length < 8) return { short: '00000001', long: `${digest.slice(0, 24)}00000001` };
    if (!reserved.includes(short)) return { short, long: digest.slice(32, 56) + short };
  }
}
