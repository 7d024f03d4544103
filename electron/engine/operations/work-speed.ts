/** How long a conversion will take, from a short look at how fast this disk is read, hashed and compressed here. */
import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { deflateRawSync } from 'node:zlib';
import type { ConversionPlan } from '#shared/domain/conversion.ts';
import type { OutputRequest } from '#shared/domain/preparation.ts';
import type { Control } from '../control.ts';
import { dataSpans } from '../pipeline/chunks.ts';
import { openDisk } from '../pipeline/open.ts';
import { diskDriver } from '../disks/registry.ts';

const sampleBytes = 256 << 10;
const mostSamples = 8;
const sampleMilliseconds = 100;
/** Where nothing can be looked at: what a usual disk gives. */
const usualSecondsPerByte = 1 / (500 << 20);

interface Costs {
  readonly read: number;
  readonly hash: number;
  readonly deflate: number;
}

/** Seconds for making, reading back and hashing that output. An estimate: the machine may be busier then. */
export function secondsFor(output: OutputRequest, plan: ConversionPlan, control: Control): number {
  const { read, hash, deflate } = measure(output, control);
  const threads = Math.max(1, control.workers);
  const { target } = output;
  const compresses =
    target.wrapper !== undefined ||
    (diskDriver(target.format).creation?.encoder?.({
      capacityBytes: plan.virtualSizeBytes,
      variant: plan.targetVariant ?? '',
      options: target.options ?? {},
    }) ?? null) !== null;
  // A wrapper is one stream, which one thread compresses; units of a format are compressed by all.
  const encode = compresses ? deflate / (target.wrapper === undefined ? threads : 1) : 0;
  const perByte = (2 * read + hash) / threads + encode;
  const hashed =
    plan.virtualSizeBytes + (target.format === 'raw' && !compresses ? 0 : plan.expectedFileSizeBytes);
  return plan.dataBytes * perByte + hashed * hash;
}

function measure({ source }: OutputRequest, control: Pick<Control, 'throwIfCancelled'>): Costs {
  const disk = openDisk(source, control);
  try {
    const bytes = new Uint8Array(Math.min(sampleBytes, disk.capacityBytes));
    const costs = { read: 0, hash: 0, deflate: 0 };
    const timed = (work: () => void): number => {
      const began = performance.now();
      work();
      return (performance.now() - began) / 1000;
    };
    let count = 0;
    const began = performance.now();
    // A stream is read from its start: only its first piece costs little.
    for (const at of samplePlaces(disk.seekable ? dataSpans(disk) : [], disk.capacityBytes - bytes.length)) {
      control.throwIfCancelled();
      costs.read += timed(() => disk.read(at, bytes));
      costs.hash += timed(() => createHash('sha256').update(bytes).digest());
      costs.deflate += timed(() => deflateRawSync(bytes, { level: 6 }));
      count++;
      if (performance.now() - began > sampleMilliseconds) break;
    }
    if (count === 0 || bytes.length === 0) {
      return { read: usualSecondsPerByte, hash: usualSecondsPerByte, deflate: 10 * usualSecondsPerByte };
    }
    const sampled = count * bytes.length;
    return { read: costs.read / sampled, hash: costs.hash / sampled, deflate: costs.deflate / sampled };
  } finally {
    disk.close();
  }
}

/** Where data begins, in a few places spread over the first spans. */
function samplePlaces(spans: Iterable<{ start: number; length: number }>, last: number): number[] {
  const places: number[] = [];
  for (const { start, length } of spans) {
    const at = Math.min(start + Math.floor(length / 2), last);
    if (at >= 0) places.push(at);
    if (places.length === mostSamples) break;
  }
  return places;
}
