// What is predicted against what is written, for every format and variant.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TargetRequest } from '#shared/domain/conversion.ts';
import type { DiskDriver } from '#engine/disks/driver.ts';
import { writtenWrappers } from '#engine/archives/wrappers.ts';
import { diskDrivers } from '#engine/disks/registry.ts';
import { convert, planConversion } from '#engine/operations/convert.ts';
import { measureImage } from '#engine/operations/measure.ts';
import { noise, prose, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const mebibyte = 1 << 20;
/** What the file system adds to a file of its own, and blocks that are cut. */
const slackBytes = 64 * 1024;
/** How near an estimate comes on disks like these. */
const tolerance = 0.15;

/** Disks that store zeros among their data: those are left out, and only reading finds them. */
const disks = [
  {
    name: 'mixed',
    sizeBytes: 8 * mebibyte + 512,
    pieces: [
      { at: 65_536, bytes: prose(1.5 * mebibyte) },
      { at: 2 * mebibyte, bytes: new Uint8Array(2 * mebibyte) },
      { at: 4 * mebibyte + 4096, bytes: noise(mebibyte, 2) },
      { at: 8 * mebibyte, bytes: noise(512, 3) },
    ],
  },
  {
    name: 'scattered',
    sizeBytes: 10 * mebibyte,
    pieces: Array.from({ length: 20 }, (_, index) => ({
      at: index * 512 * 1024 + (index % 7) * 4096,
      bytes:
        index % 3 === 0
          ? new Uint8Array(200_000)
          : index % 3 === 1
            ? prose(130_000, index)
            : noise(90_000, index),
    })),
  },
  { name: 'empty', sizeBytes: 3 * mebibyte, pieces: [{ at: 0, bytes: new Uint8Array(mebibyte) }] },
].map((disk) => ({ ...disk, path: writeRawDisk(at(`${disk.name}.raw`), disk.sizeBytes, disk.pieces) }));

/** Every format and variant, options that change what is stored where, and every wrapper. */
const targets: readonly TargetRequest[] = [
  ...diskDrivers.flatMap((driver: DiskDriver) =>
    (driver.creation?.variants ?? []).map(({ id }) => ({ format: driver.id, variant: id })),
  ),
  ...[
    { cluster_size: 512 },
    { cluster_size: '2M' },
    { extended_l2: true },
    { compat: '0.10' },
    { refcount_bits: 64 },
  ].map((options) => ({ format: 'qcow2', options })),
  { format: 'qcow2', variant: 'zlib', options: { cluster_size: 4096 } },
  ...writtenWrappers.map(({ id }) => ({ format: 'raw', wrapper: id })),
];

describe.each(targets)('%j', (target) => {
  it.each(disks)('is predicted for the $name disk', ({ name, path, pieces }) => {
    // At the edges of its data a disk may store zeros, or leave them out.
    const edgesBytes = slackBytes * (1 + pieces.length);
    const outputPath = at(`${name}-output.image`);
    const request = { source: { path, format: 'raw' }, outputPath, target, force: true };
    const measured = measureImage(request, quietControl());
    const plan = planConversion(request, quietControl(), 60_000);
    const written = convert({ ...request, verify: false }, quietControl());
    const { outputIsExact, fileSizeBytes, outputBytes, expectedFileSizeBytes, expectedBytes } = measured;
    expect(plan).toMatchObject({ outputIsExact, fileSizeBytes, outputBytes });
    expect(written.allocatedBytes).toBeLessThanOrEqual(outputBytes + edgesBytes);
    const compressed = target.wrapper !== undefined || /zlib|zstd|streamOptimized/.test(target.variant ?? '');
    expect(outputIsExact).toBe(!compressed);
    if (outputIsExact) {
      expect(fileSizeBytes).toBe(written.fileSizeBytes);
      expect([expectedFileSizeBytes, expectedBytes]).toEqual([fileSizeBytes, outputBytes]);
    } else {
      expect(written.fileSizeBytes).toBeLessThanOrEqual(fileSizeBytes);
      const difference = Math.abs(expectedFileSizeBytes - written.fileSizeBytes);
      expect(difference).toBeLessThan(slackBytes + tolerance * written.fileSizeBytes);
    }
  });
});

describe('what is predicted', () => {
  it.each(['plain', 'zlib'])('holds for overlays, cleared units too: %s', (variant) => {
    const [base, other] = [disks[0]!, disks[1]!];
    const backing = at(`base-${variant}.qcow2`);
    convert(
      { source: { path: base.path }, outputPath: backing, target: { format: 'qcow2' } },
      quietControl(),
    );
    for (const options of [{}, { extended_l2: true }, { compat: '0.10' }]) {
      const target = { format: 'qcow2', variant, options, backing: { path: backing } };
      const outputPath = at('overlay.qcow2');
      const request = { source: { path: other.path }, outputPath, target, force: true };
      const measured = measureImage(request, quietControl());
      const written = convert({ ...request, verify: false }, quietControl());
      expect(measured.outputIsExact).toBe(variant === 'plain');
      if (variant === 'plain') expect(measured.fileSizeBytes).toBe(written.fileSizeBytes);
      else expect(measured.fileSizeBytes).toBeGreaterThanOrEqual(written.fileSizeBytes);
    }
  });

  it('follows another size, and a source that is compressed', () => {
    const packed = at('packed.qcow2');
    convert(
      { source: { path: disks[0]!.path }, outputPath: packed, target: { format: 'qcow2', variant: 'zlib' } },
      quietControl(),
    );
    const request = {
      source: { path: packed },
      outputPath: at('larger.vhdx'),
      target: { format: 'vhdx' },
      capacityBytes: 3 * 2 ** 30,
    };
    const measured = measureImage(request, quietControl());
    expect(measured).toMatchObject({ outputIsExact: true, virtualSizeBytes: 3 * 2 ** 30 });
    expect(convert(request, quietControl()).fileSizeBytes).toBe(measured.fileSizeBytes);
  });

  it('is a bound with an estimate where there is no time to look at everything', () => {
    for (const variant of ['plain', 'zlib']) {
      const outputPath = at('hurried.qcow2');
      const request = {
        source: { path: disks[1]!.path },
        outputPath,
        target: { format: 'qcow2', variant },
        force: true,
      };
      const plan = planConversion(request, quietControl(), -1);
      const { fileSizeBytes } = convert({ ...request, verify: false }, quietControl());
      expect(plan.outputIsExact).toBe(false);
      expect(plan.fileSizeBytes).toBeGreaterThanOrEqual(fileSizeBytes);
      expect(plan.expectedFileSizeBytes).toBeLessThanOrEqual(plan.fileSizeBytes);
    }
  });
});
