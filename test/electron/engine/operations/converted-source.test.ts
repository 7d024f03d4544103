/** A conversion as bytes to read is the file that the conversion writes, byte for byte, without a file. */
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SourceReference, TargetRequest } from '#shared/domain/conversion.ts';
import { diskDrivers } from '#engine/disks/registry.ts';
import { build } from '#engine/operations/build.ts';
import { convert } from '#engine/operations/convert.ts';
import { openConverted } from '#engine/operations/converted-source.ts';
import { noise, prose, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const made = join(folder, 'made');
/** Data at both ends, over the edges of chunks and blocks, and a last unit that is cut. */
const capacity = (9 << 20) + 512;
const rawPath = writeRawDisk(join(folder, 'disk'), capacity, [
  { at: 0, bytes: noise(70_000) },
  { at: (3 << 20) - 512, bytes: prose((2 << 20) + 4096) },
  { at: (6 << 20) + 512, bytes: new Uint8Array(1 << 20) },
  { at: capacity - 512, bytes: noise(512) },
]);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** All of it in pieces whose edges fall anywhere, the last one first. */
function readAll(reference: SourceReference, target: TargetRequest, workers = 0): Uint8Array {
  const source = openConverted(reference, target, quietControl(workers));
  try {
    const bytes = new Uint8Array(source.sizeBytes);
    const pieceBytes = 1_333_333;
    const starts = Array.from(
      { length: Math.ceil(bytes.length / pieceBytes) },
      (_, index) => index * pieceBytes,
    );
    const order = source.seekable ? [...starts.slice(-1), ...starts] : starts;
    for (const start of order) source.read(start, bytes.subarray(start, start + pieceBytes));
    return bytes;
  } finally {
    source.close();
  }
}

function converted(source: SourceReference, target: TargetRequest): Uint8Array {
  const outputPath = join(made, basename(source.member ?? source.path));
  convert({ source, outputPath, target, force: true }, quietControl());
  return readFileSync(outputPath);
}

const severalFiles = ['monolithicFlat', 'twoGbMaxExtentSparse', 'twoGbMaxExtentFlat'];
const targets = diskDrivers.flatMap((driver) =>
  (driver.creation?.variants ?? [])
    .filter(({ id }) => !severalFiles.includes(id))
    .map(({ id }): TargetRequest => ({ format: driver.id, variant: id })),
);
const preallocated = { format: 'qcow2', options: { preallocation: 'metadata', cluster_size: 4096 } };
const subclusters = { format: 'qcow2', options: { extended_l2: true } };

beforeAll(() => void mkdirSync(made, { recursive: true }));

describe('every variant of one file', () => {
  it.each([...targets, preallocated, subclusters])('$format $variant $options', (target) => {
    const expected = sha256(converted({ path: rawPath }, target));
    expect(sha256(readAll({ path: rawPath }, target))).toBe(expected);
    expect(sha256(readAll({ path: rawPath }, target, 2))).toBe(expected);
  });

  it('knows a dozen of them', () => expect(targets.length).toBeGreaterThan(11));
});

describe('every kind of source', () => {
  const sources: Record<string, SourceReference> = {};
  beforeAll(() => {
    const image = (name: string, target: TargetRequest): SourceReference => {
      const path = join(folder, name);
      convert({ source: { path: rawPath }, outputPath: path, target }, quietControl());
      return { path };
    };
    sources['compressed qcow2'] = image('compressed.qcow2', { format: 'qcow2', variant: 'zlib' });
    sources['gzip'] = image('disk.gz', { format: 'raw', wrapper: 'gzip' });
    const path = join(folder, 'machine.ova');
    build({ builder: 'ova', inputs: [{ path: rawPath }], fields: {}, outputPath: path }, quietControl());
    sources['a disk in an OVA'] = { path, member: 'machine-disk1.vmdk' };
  });

  const plans: readonly TargetRequest[] = [
    { format: 'qcow2' },
    { format: 'qcow2', variant: 'zlib' },
    { format: 'vmdk', variant: 'streamOptimized' },
    { format: 'vhd', variant: 'fixed' },
  ];
  it.each(['compressed qcow2', 'gzip', 'a disk in an OVA'])('%s', (kind) => {
    for (const target of plans) {
      expect(sha256(readAll(sources[kind]!, target))).toBe(sha256(converted(sources[kind]!, target)));
    }
  });
});

it('makes no file, and refuses what cannot be one stream of bytes', () => {
  const before = readdirSync(folder, { recursive: true });
  readAll({ path: rawPath }, { format: 'qcow2' });
  const control = quietControl();
  openConverted({ path: rawPath }, { format: 'vmdk', variant: 'streamOptimized' }, control).close();
  expect(control.partials.size).toBe(0);
  expect(control.phases.map(({ phase }) => phase)).toEqual(['preparing']);
  expect(readdirSync(folder, { recursive: true })).toEqual(before);
  const refused: readonly TargetRequest[] = [
    ...severalFiles.map((variant) => ({ format: 'vmdk', variant })),
    { format: 'raw', wrapper: 'gzip' },
    { format: 'qcow2', backing: { path: rawPath } },
  ];
  const codes = expect.stringMatching(/^(input.invalid|image.unsupported)$/);
  for (const target of refused) {
    const opening = (): unknown => openConverted({ path: rawPath }, target, quietControl());
    expect(opening, JSON.stringify(target)).toThrow(expect.objectContaining({ code: codes }));
  }
});

it('stops when it is told to, and where the source changes under it', () => {
  const opening = (): unknown =>
    openConverted({ path: rawPath }, { format: 'qcow2' }, quietControl(0, 1 << 20));
  expect(opening).toThrow(expect.objectContaining({ code: 'operation.cancelled' }));
  const path = writeRawDisk(join(folder, 'changes'), 4 << 20, [{ at: 1 << 20, bytes: noise(1 << 20) }]);
  for (const target of [
    { format: 'vhd', variant: 'fixed' },
    { format: 'vmdk', variant: 'streamOptimized' },
  ]) {
    const source = openConverted({ path }, target, quietControl());
    source.read(0, new Uint8Array(source.sizeBytes));
    appendFileSync(path, new Uint8Array(512));
    expect(() => source.read(0, new Uint8Array(source.sizeBytes))).toThrow('changed while it was read');
    source.close();
  }
});
