// A disk that fills up in the middle: a clear failure, the room given back, and once there is room again, the same bytes.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { Journal } from '#engine/control.ts';
import type { DiskDriver } from '#engine/disks/driver.ts';
import { diskDrivers } from '#engine/disks/registry.ts';
import { convert } from '#engine/operations/convert.ts';
import type { ConversionRequest, TargetRequest } from '#shared/domain/conversion.ts';
import { failureOf } from '../../../fixtures/packages/recording.ts';
import { mountSmallDisk } from '../../../setup/small-disk.ts';
import { noise, writeRawDisk } from '../pattern.ts';
import { quietControl, type QuietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const MiB = 2 ** 20;
const dataBytes = 12 * MiB;
const raw = writeRawDisk(join(folder, 'disk.raw'), 20 * MiB, [{ at: 2 * MiB, bytes: noise(dataBytes, 1) }]);
/** What somebody else leaves: less than is still to be written, and no whole number of chunks. */
const leftBytes = 2.5 * MiB;
const disk = mountSmallDisk(join(folder, 'small'), 40 * MiB);
afterAll(() => disk?.unmount());

const targets: readonly TargetRequest[] = [
  ...(diskDrivers as readonly DiskDriver[]).flatMap(({ id, creation }) =>
    creation === undefined ? [] : [{ format: id, variant: creation.variants[0]!.id }],
  ),
  { format: 'qcow2', variant: 'zlib' },
  { format: 'vmdk', variant: 'streamOptimized' },
  { format: 'as-is' },
];

/** Somebody else takes all the room but some, once the conversion has begun to write. */
function filling(control: QuietControl, fillerPath: string): QuietControl {
  const { advance } = control;
  let chunks = 0;
  return Object.assign(control, {
    advance(bytes: number) {
      advance(bytes);
      if (++chunks === 4) writeFileSync(fillerPath, new Uint8Array(Math.max(0, disk!.freeBytes - leftBytes)));
    },
  });
}

function digestsIn(place: string): readonly string[] {
  return readdirSync(place)
    .sort()
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(place, name)))
          .digest('hex')}`,
    );
}

describe.skipIf(disk === null)('a disk that fills up in the middle', () => {
  const filler = join(folder, 'small', 'somebody else');
  const requestIn = (place: string, target: TargetRequest): ConversionRequest => {
    mkdirSync(place, { recursive: true });
    return { source: { path: raw, format: 'raw' }, outputPath: join(place, 'out'), target };
  };

  const place = join(folder, 'small', 'output');
  afterEach(() => {
    vi.unstubAllEnvs();
    for (const path of [filler, place]) rmSync(path, { recursive: true, force: true });
  });

  it.each(targets)('$format $variant: all the room is given back', (target) => {
    const request = requestIn(place, target);
    const before = disk!.freeBytes;
    const control = filling(quietControl(), filler);
    expect(failureOf(() => convert(request, control)).code).toBe('io.no-space');
    expect(control.partials.size).toBe(0);
    expect(readdirSync(place)).toEqual([]);
    rmSync(filler);
    expect(disk!.freeBytes).toBe(before);
  });

  it.each(targets)(
    '$format $variant: goes on when there is room again, and ends in the same bytes',
    (target) => {
      vi.stubEnv('PLATTER_CHECKPOINT_MILLISECONDS', '0');
      const reference = join(folder, 'reference');
      convert(requestIn(reference, target), quietControl());
      const expected = digestsIn(reference);
      rmSync(reference, { recursive: true });

      const records: Uint8Array[] = [];
      const journal: Journal = {
        records,
        append: (record) => void records.push(record),
        clear: () => void (records.length = 0),
      };
      const request = requestIn(place, target);
      const first = filling(quietControl(0, Number.POSITIVE_INFINITY, journal), filler);
      expect(failureOf(() => convert(request, first)).code).toBe('io.no-space');
      expect(readdirSync(place).every((name) => name.endsWith('.platter-partial'))).toBe(true);
      // What was written behind the last checkpoint is given back, where it is at the end of a file.
      if (target.format !== 'raw' && target.format !== 'as-is') expect(disk!.freeBytes).toBeGreaterThan(0);
      rmSync(filler);
      const second = quietControl(0, Number.POSITIVE_INFINITY, journal);
      convert(request, second);
      expect(second.notes.some(({ kind }) => kind === 'resumed')).toBe(true);
      expect(digestsIn(place)).toEqual(expected);
    },
  );
});
