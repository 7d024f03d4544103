/** Every format to every other, with 1, 2, 3 and 8 threads: the same file. `PLATTER_ALL_VARIANTS=1` takes all variants of all sources. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { DiskDriver } from '#engine/disks/driver.ts';
import { diskDrivers } from '#engine/disks/registry.ts';
import { convert } from '#engine/operations/convert.ts';
import { noise, prose, writeRawDisk } from '../electron/engine/pattern.ts';
import { quietControl } from '../electron/engine/quiet-control.ts';
import { scratchFolder } from '../electron/engine/scratch.ts';

const folder = scratchFolder();
const MiB = 2 ** 20;
/** More than is done without threads, in chunks of every kind: full, empty, cut by units that are zero, cut by the end. */
const capacityBytes = 9 * MiB + 512;
const raw = writeRawDisk(join(folder, 'disk.raw'), capacityBytes, [
  { at: 0, bytes: prose(2 * MiB + 5000, 1) },
  { at: 3 * MiB + 4096, bytes: noise(2 * MiB, 2) },
  { at: 6 * MiB, bytes: new Uint8Array(MiB) },
  { at: 7 * MiB, bytes: prose(MiB, 3) },
  { at: capacityBytes - 700, bytes: noise(700, 4) },
]);
const takesAll = process.env['PLATTER_ALL_VARIANTS'] === '1';

interface Form {
  readonly format: string;
  readonly variant: string;
  readonly isFirst: boolean;
}

const forms: readonly Form[] = (diskDrivers as readonly DiskDriver[]).flatMap(({ id, creation }) =>
  (creation?.variants ?? []).map(({ id: variant }, index) => ({
    format: id,
    variant,
    isFirst: index === 0,
  })),
);

/** Every pair of formats; other variants as targets of raw disks. */
const pairs = forms.flatMap((source) =>
  forms
    .filter((target) => {
      if (takesAll || (source.isFirst && target.isFirst)) return true;
      return source.format === 'raw' && source.isFirst;
    })
    .map(
      (target) =>
        [`${source.format} ${source.variant}`, `${target.format} ${target.variant}`, source, target] as const,
    ),
);

const sources = new Map<Form, string>();

function sourceIn(form: Form): string {
  let path = sources.get(form);
  if (path === undefined) {
    const place = join(folder, `source-${sources.size}`);
    mkdirSync(place);
    path = join(place, 'disk');
    write(raw, 'raw', form, path, 0);
    sources.set(form, path);
  }
  return path;
}

function write(path: string, format: string, target: Form, outputPath: string, workers: number): void {
  const { format: name, variant } = target;
  const request = {
    source: { path, format },
    outputPath,
    target: { format: name, variant },
    verify: false,
    sync: false,
  };
  convert(request, quietControl(workers));
}

/** What the files of an output are called, and their digests. */
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

it.each(pairs)('%s to %s is the same with any number of threads', (_from, _to, source, target) => {
  const path = sourceIn(source);
  const found = [1, 2, 3, 8].map((workers) => {
    const place = join(folder, 'output');
    mkdirSync(place);
    write(path, source.format, target, join(place, 'out'), workers);
    const digests = digestsIn(place);
    rmSync(place, { recursive: true });
    return digests;
  });
  for (const digests of found) expect(digests).toEqual(found[0]);
});

it('every format that is written is among the pairs, both ways', () => {
  const written = (diskDrivers as readonly DiskDriver[]).filter(({ creation }) => creation !== undefined);
  const named = new Set(pairs.map(([, , source, target]) => `${source.format}→${target.format}`));
  expect(named.size).toBe(written.length ** 2);
});
