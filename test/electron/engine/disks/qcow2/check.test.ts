// Checking and mending broken images: the numbers of qemu-img check, and what qemu-img check -r leaves to the guest.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { MemorySource, type ByteSource } from '#engine/bytes/source.ts';
import { noContent } from '#engine/disks/content-identity.ts';
import { qcow2 } from '#engine/disks/qcow2/index.ts';
import { Failure } from '#shared/failure.ts';
import type { RepairScope, StructureReport } from '#shared/domain/structure.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { noise } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { untilItWorks } from '../encryption/until-it-works.ts';
import { noReferences } from '../image-files.ts';
import { breakImage, makeSamples, randomFrom, tablesOf, type Sample } from './broken-images.ts';
import { imageOf, shapeOf } from './memory-sink.ts';
import { patched } from './patched-image.ts';

// Programs are run hundreds of times; a machine with other work takes its time.
vi.setConfig({ testTimeout: 120_000 });

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const structure = qcow2.structure!;
const control = { throwIfCancelled: () => {}, advance: () => {} };
const check = (image: Uint8Array): StructureReport =>
  structure.check(new MemorySource(image), noReferences, control);

function repaired(image: Uint8Array, scope: RepairScope): Uint8Array | null {
  const patch = structure.repair!(new MemorySource(image), noReferences, control, scope);
  return patch === null ? null : patched(image, patch);
}

interface Verdict {
  readonly corruptions: number;
  readonly leaks: number;
  readonly allocated: number;
}

/** What qemu-img finds; null where it gives up on the way. */
function judged(image: Uint8Array): Verdict | null {
  writeFileSync(at('judged'), image);
  const args = ['check', '-f', 'qcow2', '--output=json', 'judged'];
  const { stdout } = spawnSync('qemu-img', args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 });
  const found = JSON.parse(stdout) as Record<string, number>;
  if ((found['check-errors'] ?? 0) > 0) return null;
  return {
    corruptions: found['corruptions'] ?? 0,
    leaks: found['leaks'] ?? 0,
    allocated: found['allocated-clusters'] ?? 0,
  };
}

/** The disk as qemu-img reads it, or null. */
function guestBytes(image: Uint8Array): Buffer | null {
  writeFileSync(at('guest'), image);
  const { status } = spawnSync('qemu-img', ['convert', '-O', 'raw', 'guest', 'guest.raw'], { cwd: folder });
  return status === 0 ? readFileSync(at('guest.raw')) : null;
}

function ours(image: Uint8Array): Verdict {
  const { corruptions, leaks, allocatedUnits } = check(image);
  return { corruptions, leaks, allocated: allocatedUnits! };
}

describeWith(['qemu-img', 'qemu-io'], 'checking as qemu-img check does', () => {
  let samples: Sample[] = [];
  const sampleNamed = (name: string): Uint8Array => {
    if (samples.length === 0) samples = makeSamples(folder);
    return samples.find((sample) => sample.name === name)!.bytes;
  };
  const names = ['plain', 'small', 'wide', 'narrow', 'old', 'packed', 'sub', 'snapped', 'outside'];

  it.each(names)('%s: undamaged, and damaged in twenty ways', (name) => {
    const image = sampleNamed(name);
    expect(ours(image)).toEqual(judged(image));
    expect(ours(image)).toMatchObject({ corruptions: 0, leaks: 0 });
    const random = randomFrom(names.indexOf(name) + 1);
    for (let round = 0; round < 20; round++) {
      const broken = image.slice();
      const what = breakImage(broken, random);
      const verdict = judged(broken);
      if (verdict !== null) expect(ours(broken), what).toEqual(verdict);
    }
  });

  it.each(names.filter((name) => name !== 'outside'))(
    '%s: mended, the guest reads what qemu-img -r leaves',
    (name) => {
      const image = sampleNamed(name);
      const random = randomFrom(names.indexOf(name) + 100);
      let compared = 0;
      for (let round = 0; round < 10; round++) {
        const broken = image.slice();
        const what = breakImage(broken, random, true);
        writeFileSync(at('theirs'), broken);
        spawnSync('qemu-img', ['check', '-f', 'qcow2', '-r', 'all', 'theirs'], {
          cwd: folder,
          maxBuffer: 1 << 28,
        });
        // A refcount block that lies far away makes the file as long.
        const theirs =
          statSync(at('theirs')).size > 64 << 20 ? null : new Uint8Array(readFileSync(at('theirs')));
        const clean = theirs === null ? null : judged(theirs);
        if (theirs === null || clean === null || clean.corruptions + clean.leaks > 0) continue;
        const mended = check(broken).repairable ? repaired(broken, 'all')! : broken;
        expect(ours(mended), what).toMatchObject({ corruptions: 0, leaks: 0 });
        expect(judged(mended), what).toMatchObject({ corruptions: 0, leaks: 0 });
        const [one, other] = [guestBytes(mended), guestBytes(theirs)];
        expect(one === null ? null : one.equals(other!), what).toBe(other === null ? null : true);
        compared++;
      }
      expect(compared).toBeGreaterThan(2);
    },
  );

  it('leaks alone: nothing but refcounts is written', () => {
    const image = sampleNamed('plain').slice();
    const blocks = tablesOf(image).filter(({ kind }) => kind === 'refcount block');
    const view = new DataView(image.buffer);
    // Two clusters behind all others, and one in use counted twice too often.
    for (const cluster of [100, 101]) view.setUint16(blocks[0]!.at + cluster * 2, 1);
    const grown = new Uint8Array(110 * 65536);
    grown.set(image);
    expect(ours(grown)).toEqual(judged(grown));
    expect(ours(grown)).toMatchObject({ corruptions: 0, leaks: 2 });
    const mended = repaired(grown, 'leaks')!;
    expect(judged(mended)).toMatchObject({ corruptions: 0, leaks: 0 });
    expect(guestBytes(mended)!.equals(guestBytes(grown)!)).toBe(true);
    expect(repaired(mended, 'leaks')).toBe(null);
    expect(repaired(mended, 'all')).toBe(null);
  });

  it('the marks for dirty and corrupt go when all is well again', () => {
    for (const scope of ['leaks', 'all'] as const) {
      const image = sampleNamed('plain').slice();
      image[79]! |= 3;
      expect(check(image)).toMatchObject({ corruptions: 0, leaks: 0, notes: 2, repairable: true });
      expect(repaired(image, scope)![79]! & 3).toBe(0);
    }
  });

  it('refcounts that are all gone are built anew', () => {
    for (const name of ['plain', 'small', 'narrow', 'wide', 'snapped']) {
      const image = sampleNamed(name).slice();
      const view = new DataView(image.buffer);
      for (const { kind, at: start, lengthBytes } of tablesOf(image)) {
        if (kind === 'refcount table')
          for (let index = 0; index < lengthBytes; index += 8) view.setBigUint64(start + index, 0n);
      }
      expect(ours(image)).toEqual(judged(image));
      const mended = repaired(image, 'all')!;
      expect(judged(mended)).toMatchObject({ corruptions: 0, leaks: 0 });
      expect(guestBytes(mended)!.equals(guestBytes(sampleNamed(name))!)).toBe(true);
    }
  });

  it('data behind the end of the file is past mending, and said so', () => {
    const image = sampleNamed('plain').slice();
    const l2 = tablesOf(image).find(({ kind }) => kind === 'L2')!;
    new DataView(image.buffer).setBigUint64(l2.at, (1n << 63n) | (1n << 40n));
    expect(ours(image)).toEqual(judged(image));
    const mended = repaired(image, 'all')!;
    expect(ours(mended)).toEqual(judged(mended));
    expect(ours(mended)).toMatchObject({ corruptions: 1 });
    expect(() => repaired(mended, 'all')).toThrow(/image.malformed/);
  });

  it('an encrypted image is checked without its key', () => {
    const secret = ['--object', 'secret,id=key,data=open sesame'];
    const option = 'encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10';
    const create = ['create', '-q', ...secret, '-f', 'qcow2', '-o', option, 'secret.qcow2', '1M'];
    untilItWorks(() => void execFileSync('qemu-img', create, { cwd: folder, stdio: 'pipe' }));
    execFileSync(
      'qemu-io',
      [
        ...secret,
        '--image-opts',
        'driver=qcow2,file.filename=secret.qcow2,encrypt.key-secret=key',
        '-c',
        'write 0 100k',
      ],
      { cwd: folder },
    );
    expect(check(new Uint8Array(readFileSync(at('secret.qcow2'))))).toMatchObject({
      corruptions: 0,
      leaks: 0,
    });
  });
});

describe('a check', () => {
  it('counts all findings, and lists the first', () => {
    const image = imageOf(shapeOf(1 << 20, 'plain', { cluster_size: 512 }), [
      { at: 0, bytes: noise(1 << 20, 1) },
    ]);
    const block = tablesOf(image).find(({ kind }) => kind === 'refcount block')!;
    image.fill(0, block.at, block.at + 512);
    const { corruptions, findings } = check(image);
    expect(corruptions).toBeGreaterThan(255);
    expect(findings.length).toBe(100);
    expect(findings.every(({ kind, fileOffset }) => kind === 'corruption' && fileOffset !== null)).toBe(true);
  });

  it('ends where tables lead to themselves, or are absurd', () => {
    const image = imageOf(shapeOf(1 << 20, 'plain', { cluster_size: 512 }), [
      { at: 0, bytes: noise(4096, 1) },
    ]);
    const view = new DataView(image.buffer);
    const l1 = tablesOf(image)[0]!;
    for (let index = 0; index < l1.lengthBytes; index += 8) view.setBigUint64(l1.at + index, BigInt(l1.at));
    expect(check(image).corruptions).toBeGreaterThan(0);
    view.setUint32(36, 0xffffffff);
    expect(() => check(image)).toThrow(Failure);
  });

  it('of two tebibytes in four million clusters takes little memory', () => {
    // Every L2 table of 2 TiB in clusters of 512 KiB, as a preallocated image has them, made as it is read.
    const source = wellKeptImage(2 * 2 ** 40, 524288);
    const before = process.memoryUsage();
    const report = structure.check(source, noReferences, control);
    const after = process.memoryUsage();
    expect(report).toMatchObject({ corruptions: 0, leaks: 0, allocatedUnits: 2 ** 22 });
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(64 << 20);
  });
});

/** A preallocated image, of which only the tables are kept. */
function wellKeptImage(capacityBytes: number, clusterBytes: number): ByteSource {
  const writes = new Map<number, Uint8Array>();
  let sizeBytes = 0;
  const sink = {
    write: (fileOffset: number, bytes: Uint8Array) => {
      for (let done = 0; done < bytes.length; done += clusterBytes) {
        writes.set((fileOffset + done) / clusterBytes, bytes.slice(done, done + clusterBytes));
      }
    },
    truncate: (size: number) => void (sizeBytes = size),
  };
  const shape = shapeOf(capacityBytes, 'plain', { cluster_size: clusterBytes, preallocation: 'metadata' });
  qcow2.creation!.writer(sink, shape).finish(noContent);
  return {
    path: 'generated',
    sizeBytes,
    seekable: true,
    read(fileOffset, into) {
      for (let done = 0; done < into.length;) {
        const at = fileOffset + done;
        const cluster = Math.floor(at / clusterBytes);
        const part = into.subarray(done, done + clusterBytes - (at % clusterBytes)).fill(0);
        const kept = writes.get(cluster)?.subarray(at % clusterBytes);
        if (kept !== undefined) part.set(kept.subarray(0, part.length));
        done += part.length;
      }
    },
    *runs(span) {
      yield { ...span, hole: false };
    },
    close() {},
  };
}
