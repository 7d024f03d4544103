// Hostile and odd qcow2 headers: each ends in its own Failure, or is read for what it says.
import { describe, expect, it } from 'vitest';
import { MemorySource } from '#engine/bytes/source.ts';
import { qcow2 } from '#engine/disks/qcow2/index.ts';
import { Failure } from '#shared/failure.ts';
import { noise } from '../../pattern.ts';
import { imageOf, shapeOf } from './memory-sink.ts';
import { openBytes, readWhole } from './whole-disk.ts';

const clusterBytes = 4096;
const data = noise(40 * clusterBytes, 5);
const good = imageOf(shapeOf(1 << 20, 'plain', { cluster_size: clusterBytes }), [{ at: 0, bytes: data }]);
const goodV2 = imageOf(shapeOf(1 << 20, 'plain', { cluster_size: clusterBytes, compat: '0.10' }), []);
const goodZstd = imageOf(shapeOf(1 << 20, 'zstd', { cluster_size: clusterBytes }), [{ at: 0, bytes: data }]);

type Patch = (view: DataView, bytes: Uint8Array) => void;

function patched(patch: Patch, base: Uint8Array = good): Uint8Array {
  const bytes = base.slice();
  patch(new DataView(bytes.buffer), bytes);
  return bytes;
}

/** A header extension at `at`, and the end mark after it. */
function putExtension(
  view: DataView,
  at: number,
  type: number,
  body: Uint8Array,
  length = body.length,
): number {
  view.setUint32(at, type);
  view.setUint32(at + 4, length);
  new Uint8Array(view.buffer).set(body, at + 8);
  return at + 8 + Math.ceil(body.length / 8) * 8;
}

function failureOf(action: () => unknown): Failure {
  try {
    action();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const u32 =
  (at: number, value: number): Patch =>
  (view) =>
    view.setUint32(at, value);
const u64 =
  (at: number, value: bigint): Patch =>
  (view) =>
    view.setBigUint64(at, value);

/** What it is, the patch, the field that is blamed. */
const malformed: readonly (readonly [string, Patch, string])[] = [
  ['cluster_bits 8', u32(20, 8), 'clusterBits'],
  ['cluster_bits 4294967295', u32(20, 0xffffffff), 'clusterBits'],
  ['a size of 2^64 - 1', u64(24, 2n ** 64n - 1n), 'size'],
  ['a size that the L1 table does not cover', u64(24, 1n << 40n), 'l1Size'],
  ['l1_size 0', u32(36, 0), 'l1Size'],
  ['l1_size 2^32 - 1', u32(36, 0xffffffff), 'l1Size'],
  ['an L1 table within the header', u64(40, 0n), 'l1TableOffset'],
  [
    'an L1 table between clusters',
    (view) => view.setBigUint64(40, view.getBigUint64(40) + 8n),
    'l1TableOffset',
  ],
  ['a refcount table within the header', u64(48, 0n), 'refcountTableOffset'],
  ['a refcount table between clusters', u64(48, 4097n), 'refcountTableOffset'],
  ['no refcount table', u32(56, 0), 'refcountTableClusters'],
  ['a refcount table of 2^32 - 1 clusters', u32(56, 0xffffffff), 'refcountTableClusters'],
  ['65,537 snapshots', u32(60, 65537), 'nbSnapshots'],
  ['snapshots within the header', u32(60, 1), 'snapshotsOffset'],
  ['refcount_order 7', u32(96, 7), 'refcountOrder'],
  ['header_length 72', u32(100, 72), 'headerLength'],
  ['header_length 105', u32(100, 105), 'headerLength'],
  ['a header longer than its cluster', u32(100, 8192), 'headerLength'],
  ['a backing file name beyond the cluster', u64(8, 4097n), 'backingFileOffset'],
  ['a backing file name within the header', u64(8, 96n), 'backingFileOffset'],
  ['a backing file name that leaves the cluster', both(u64(8, 4000n), u32(16, 97)), 'backingFileSize'],
  ['a backing file name of 1,024 bytes', both(u64(8, 2000n), u32(16, 1024)), 'backingFileSize'],
  ['a backing file name that begins with NUL', both(u64(8, 2000n), u32(16, 4)), 'backingFileSize'],
  ['the compression bit without a type', u64(72, 8n), 'compressionType'],
  ['extended L2 entries in small clusters', both(u64(72, 16n), u32(20, 12)), 'clusterBits'],
  ['raw external data without an external file', u64(88, 2n), 'autoclearFeatures'],
  ['bitmaps that are not there', u64(88, 1n), 'autoclearFeatures'],
  ['raw external data and a backing file', both(u64(72, 4n), u64(88, 2n), u64(8, 200n)), 'backingFileOffset'],
  ['snapshots and an external data file', both(u64(72, 4n), u32(60, 1), u64(64, 4096n)), 'nbSnapshots'],
  [
    'an extension that leaves the cluster',
    (view) => void putExtension(view, 104, 1, text(''), 5000),
    'length',
  ],
  [
    'an extension of 2^32 - 1 bytes',
    (view) => void putExtension(view, 104, 1, text(''), 0xffffffff),
    'length',
  ],
  [
    'an extension into the name of the backing file',
    both(u64(8, 116n), u32(16, 4), (view) => void putExtension(view, 104, 1, text(''), 8)),
    'length',
  ],
  [
    'the same extension twice',
    (view) => {
      const next = putExtension(view, 104, 0xe2792aca, text('raw'));
      putExtension(view, next, 0xe2792aca, text('qcow2'));
    },
    'type',
  ],
  [
    'a bitmaps extension of 8 bytes',
    both(u64(88, 1n), (view) => void putExtension(view, 104, 0x23852875, new Uint8Array(8))),
    'length',
  ],
  [
    'no bitmap in the bitmaps extension',
    both(u64(88, 1n), (view) => void putExtension(view, 104, 0x23852875, new Uint8Array(24))),
    'nbBitmaps',
  ],
  [
    'an encryption header without encryption',
    (view) => void putExtension(view, 104, 0x0537be77, new Uint8Array(16)),
    'cryptMethod',
  ],
  ['the refcount table over the L1 table', (view) => view.setBigUint64(48, view.getBigUint64(40)), 'offset'],
  ['the L1 table over an L2 table', (view) => moveTable(view), 'offset'],
];

/** Points the L1 table at the place of its first L2 table, with a table there that points at itself. */
function moveTable(view: DataView): void {
  const l1 = Number(view.getBigUint64(40));
  const l2 = view.getBigUint64(l1) & 0xfffffffffffe00n;
  view.setBigUint64(40, l2);
  for (let at = 0; at < clusterBytes; at += 8) view.setBigUint64(Number(l2) + at, 0n);
  view.setBigUint64(Number(l2), (1n << 63n) | l2);
}

function both(...patches: readonly Patch[]): Patch {
  return (view, bytes) => patches.forEach((patch) => patch(view, bytes));
}

const unsupported: readonly (readonly [string, Patch, RegExp])[] = [
  ['version 4', u32(4, 4), /^version 4$/],
  ['clusters of 4 MiB', u32(20, 22), /clusters of 2\^22/],
  ['an unknown incompatible bit', u64(72, 1n << 5n), /^incompatible features: bit 5$/],
  [
    'unknown incompatible bits, one of them named',
    (view) => {
      view.setBigUint64(72, (1n << 63n) | (1n << 9n) | 1n);
      const entry = new Uint8Array(48);
      entry.set([0, 9]);
      entry.set(text('quantum entries'), 2);
      putExtension(view, 104, 0x6803f857, entry);
    },
    /^incompatible features: "quantum entries" \(bit 9\), bit 63$/,
  ],
  ['encryption method 3', u32(32, 3), /encryption method 3/],
  ['an external data file without a name', u64(72, 4n), /external data file/],
];

describe('a header with', () => {
  it.each(malformed)('%s is malformed', (_title, patch, field) => {
    const failure = failureOf(() => openBytes(patched(patch)));
    expect(failure.toData()).toMatchObject({ code: 'image.malformed', details: { format: 'qcow2', field } });
  });

  it.each(unsupported)('%s is unsupported', (_title, patch, feature) => {
    const failure = failureOf(() => openBytes(patched(patch)));
    expect(failure.code).toBe('image.unsupported');
    expect((failure.details as { feature: string }).feature).toMatch(feature);
  });

  it('compression type 2 is unsupported, type 0 with its bit is malformed', () => {
    expect(
      failureOf(() => openBytes(patched((_view, bytes) => bytes.fill(2, 104, 105), goodZstd))).code,
    ).toBe('image.unsupported');
    expect(
      failureOf(() => openBytes(patched((_view, bytes) => bytes.fill(0, 104, 105), goodZstd))).code,
    ).toBe('image.malformed');
  });

  it('tables beyond the end of the file is truncated', () => {
    for (const at of [40, 48]) {
      expect(failureOf(() => openBytes(patched(u64(at, 1n << 40n)))).code).toBe('image.truncated');
    }
    const snapshots = both(u32(60, 3), u64(64, 1n << 40n));
    expect(failureOf(() => openBytes(patched(snapshots))).code).toBe('image.truncated');
  });

  it('any end of the file within it is truncated', () => {
    for (const length of [8, 71, 72, 103, 104, 4095, 4096, 8191]) {
      expect(failureOf(() => openBytes(good.subarray(0, length))).code, `${length}`).toBe('image.truncated');
    }
  });
});

describe('a header', () => {
  it('of version 2 has no features, whatever follows it', () => {
    // Where version 3 keeps its features, an old image may have the name of its backing file.
    const bytes = patched(
      both(u64(8, 72n), u32(16, 11), (_view, all) => all.set(text('../base.img'), 72)),
      goodV2,
    );
    const reader = openBytes(bytes);
    expect(reader.parent).toEqual({ name: '../base.img', format: null });
    expect(reader.facts).toContainEqual({ label: 'Version', value: '2 (compat 0.10)' });
  });

  it.each(['json:{"driver":"nbd"}', 'nbd://host/x', '/etc/passwd', '../../x', 'ünï.img'])(
    'spells its parent %s, and so do we',
    (name) => {
      const bytes = patched((view, all) => {
        putExtension(view, 104, 0xe2792aca, text('raw'));
        view.setBigUint64(8, 3000n);
        view.setUint32(16, text(name).length);
        all.set(text(name), 3000);
      });
      expect(openBytes(bytes).parent).toEqual({ name, format: 'raw' });
    },
  );

  it('with an offset but no length for the name has no parent, as qemu leaves it', () => {
    expect(openBytes(patched(u64(8, 3000n))).parent).toBeNull();
  });

  it('with unknown extensions, compatible and auto-clear bits is read', () => {
    const bytes = patched((view) => {
      view.setBigUint64(80, 1n << 50n);
      view.setBigUint64(88, 1n << 50n);
      putExtension(view, putExtension(view, 104, 0x12345678, text('whatever')), 0x12345678, text('again'));
    });
    expect(Buffer.compare(readWhole(openBytes(bytes)).subarray(0, data.length), data)).toBe(0);
  });

  it('with bitmaps that another program has outdated warns', () => {
    const bytes = patched((view) => void putExtension(view, 104, 0x23852875, new Uint8Array(24).fill(1)));
    const reader = openBytes(bytes);
    expect(reader.warnings.map(({ code }) => code)).toEqual(['qcow2.bitmaps-inconsistent']);
  });

  it('of an image that is not clean lets the refcounts be as they are', () => {
    const broken = u64(Number(new DataView(good.buffer).getBigUint64(48)), 0x1ffn);
    expect(failureOf(() => openBytes(patched(broken))).code).toBe('image.malformed');
    const reader = openBytes(patched(both(broken, u64(72, 1n))));
    expect(Buffer.compare(readWhole(reader).subarray(0, data.length), data)).toBe(0);
  });
});

describe('probe', () => {
  const probe = (bytes: Uint8Array): string => qcow2.probe(new MemorySource(bytes));

  it('knows qcow2 by its first bytes, and leaves version 1 to others', () => {
    expect(probe(good)).toBe('certain');
    expect(probe(goodV2)).toBe('certain');
    expect(probe(good.subarray(0, 20))).toBe('certain');
    expect(probe(patched(u32(4, 9)))).toBe('certain');
    expect(probe(patched(u32(4, 1)))).toBe('no');
    expect(probe(patched(u32(0, 0x514649fc)))).toBe('no');
    expect(probe(good.subarray(0, 7))).toBe('no');
    expect(probe(new Uint8Array(0))).toBe('no');
  });
});
