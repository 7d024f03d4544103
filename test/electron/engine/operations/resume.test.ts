import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Journal } from '#engine/control.ts';
import { diskDrivers } from '#engine/disks/registry.ts';
import { convert, convertBeside } from '#engine/operations/convert.ts';
import { markOf } from '#engine/operations/output-journal.ts';
import type { ConversionRequest, TargetRequest } from '#shared/domain/conversion.ts';
import { Failure } from '#shared/failure.ts';
import { noise, prose, writeRawDisk } from '../pattern.ts';
import { quietControl, type QuietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const MiB = 2 ** 20;
const sizeBytes = 12 * MiB + 512;
const source = writeRawDisk(join(folder, 'source.raw'), sizeBytes, [
  { at: 0, bytes: prose(2 * MiB + 5000, 1) },
  { at: 5 * MiB + 4096, bytes: noise(2 * MiB, 2) },
  { at: 9 * MiB, bytes: new Uint8Array(MiB) },
  { at: sizeBytes - 700, bytes: noise(700, 3) },
]);
/** Over the border between the files of formats that are cut at two GiB. */
const longBytes = 2 ** 31 + 3 * MiB;
const long = writeRawDisk(join(folder, 'long.raw'), longBytes, [
  { at: MiB, bytes: prose(MiB, 4) },
  { at: 2 ** 31 - MiB, bytes: noise(3 * MiB, 5) },
]);

beforeEach(() => vi.stubEnv('PLATTER_CHECKPOINT_MILLISECONDS', '0'));
afterEach(() => vi.unstubAllEnvs());

interface KeptJournal extends Journal {
  readonly records: Uint8Array[];
}

function keptJournal(): KeptJournal {
  const records: Uint8Array[] = [];
  return { records, append: (record) => void records.push(record), clear: () => void (records.length = 0) };
}

/** A control that stops the operation when so many chunks of it are written. */
function stoppingAfter(chunks: number, journal: Journal, stop: 'suspend' | 'cancel'): QuietControl {
  const control = quietControl(0, Number.POSITIVE_INFINITY, journal);
  let left = chunks;
  const { advance } = control;
  return Object.assign(control, {
    advance(bytes: number) {
      advance(bytes);
      if (--left === 0) control[stop]();
    },
  });
}

function requestOf(target: TargetRequest, path: string, outputFolder: string): ConversionRequest {
  return { source: { path, format: 'raw' }, outputPath: join(outputFolder, 'out'), target };
}

/** Every file of the output, against those of a run that nothing disturbed. */
function expectSameFiles(resumed: string, reference: string): void {
  const names = readdirSync(reference).sort();
  expect(readdirSync(resumed).sort()).toEqual(names);
  for (const name of names) execFileSync('cmp', [join(resumed, name), join(reference, name)]);
}

const newFolder = (): string => mkdtempSync(join(folder, 'run-'));

const variants = diskDrivers.flatMap(({ id, creation }) =>
  (creation?.variants ?? []).map((variant) => [id, variant.id] as const),
);

describe('a conversion that was put off', () => {
  it.each(variants)('to %s %s ends in the same bytes, wherever it was cut', (format, variant) => {
    const target = { format, variant };
    const isLong = /twoGb/i.test(variant);
    const path = isLong ? long : source;
    const reference = newFolder();
    convert(requestOf(target, path, reference), quietControl());
    const cuts = isLong ? [2, 3] : [1, 2, 3, 4, 5, 6];
    for (const cut of cuts) {
      const journal = keptJournal();
      const request = requestOf(target, path, newFolder());
      const first = stoppingAfter(cut, journal, 'suspend');
      expect(() => convert(request, first)).toThrow('operation.interrupted');
      expect(first.partials.size).toBeGreaterThan(0);
      // What a crash leaves behind the last checkpoint is anything.
      for (const partial of first.partials) appendFileSync(partial, noise(5000, cut));
      const second = quietControl(0, Number.POSITIVE_INFINITY, journal);
      convert(request, second);
      expect(second.notes).toMatchObject([{ kind: 'deflate' }, { kind: 'resumed' }]);
      expectSameFiles(dirname(request.outputPath), reference);
    }
  });

  it('goes on from any record, whatever was written behind it', () => {
    const target = { format: 'qcow2', variant: 'zlib' };
    const reference = newFolder();
    convert(requestOf(target, source, reference), quietControl());
    for (const kept of [1, 2, 3]) {
      const journal = keptJournal();
      const request = requestOf(target, source, newFolder());
      expect(() => convert(request, stoppingAfter(5, journal, 'suspend'))).toThrow('operation.interrupted');
      journal.records.length = kept;
      convert(request, quietControl(2, Number.POSITIVE_INFINITY, journal));
      expectSameFiles(dirname(request.outputPath), reference);
    }
  });

  it('is put off again and again, and reads nothing twice', () => {
    const target = { format: 'vmdk', variant: 'streamOptimized' };
    const reference = newFolder();
    convert(requestOf(target, source, reference), quietControl());
    const journal = keptJournal();
    const request = { ...requestOf(target, source, newFolder()), verify: false };
    let runs = 0;
    for (let done = false; !done; runs++) {
      try {
        convert(request, stoppingAfter(1, journal, 'suspend'));
        done = true;
      } catch (error) {
        expect(Failure.from(error).code).toBe('operation.interrupted');
      }
      expect(runs).toBeLessThan(30);
    }
    expect(runs).toBeGreaterThan(4);
    expectSameFiles(dirname(request.outputPath), reference);
  });
});

describe('what was on record', () => {
  const target = { format: 'qcow2' };

  function interrupted(): { request: ConversionRequest; journal: KeptJournal; partial: string } {
    const journal = keptJournal();
    const request = requestOf(target, join(newFolder(), 'disk.raw'), newFolder());
    writeFileSync(request.source.path, readFileSync(source));
    const control = stoppingAfter(2, journal, 'suspend');
    expect(() => convert(request, control)).toThrow('operation.interrupted');
    return { request, journal, partial: [...control.partials][0]! };
  }

  function resume({ request, journal }: ReturnType<typeof interrupted>): QuietControl {
    const control = quietControl(0, Number.POSITIVE_INFINITY, journal);
    convert(request, control);
    return control;
  }

  it('does not hold for another source', () => {
    const run = interrupted();
    utimesSync(run.request.source.path, 1000, 1000);
    expect(resume(run).notes.slice(1)).toEqual([
      { kind: 'afresh', item: 'disk.raw', reason: 'source-changed' },
    ]);
    expect(readdirSync(dirname(run.request.outputPath))).toEqual([basename(run.request.outputPath)]);
  });

  it('does not hold for another file under the name of the output, nor for one that is cut', () => {
    const replaced = interrupted();
    writeFileSync(`${replaced.partial}.copy`, readFileSync(replaced.partial));
    renameSync(`${replaced.partial}.copy`, replaced.partial);
    const cut = interrupted();
    truncateSync(cut.partial, statSync(cut.partial).size - 1);
    for (const run of [replaced, cut]) {
      expect(resume(run).notes.slice(1)).toEqual([
        { kind: 'afresh', item: 'disk.raw', reason: 'output-changed' },
      ]);
    }
  });

  it('does not hold when it cannot be read', () => {
    const run = interrupted();
    run.journal.records[0] = noise(50);
    expect(resume(run).notes.slice(1)).toEqual([
      { kind: 'afresh', item: 'disk.raw', reason: 'journal-unreadable' },
    ]);
  });

  it('holds for an output that is complete, or has its name already', () => {
    const journal = keptJournal();
    const request = requestOf(target, source, newFolder());
    const control = quietControl(0, Number.POSITIVE_INFINITY, journal);
    const result = convert(request, control);
    // As if the process had ended before anybody heard of it: once more, and nothing is done.
    const again = quietControl(0, Number.POSITIVE_INFINITY, journal);
    expect(convert(request, again)).toEqual(result);
    expect(again.phases.map(({ phase }) => phase)).toEqual(['preparing']);
  });

  it('holds for an output that has its name, also where the record of its proof is lost', () => {
    const journal = keptJournal();
    const request = requestOf(target, source, newFolder());
    const journaled = (): QuietControl => quietControl(0, Number.POSITIVE_INFINITY, journal);
    const { sha256, output } = convertBeside(request, journaled(), { hash: true });
    output.commit();
    const before = statSync(request.outputPath, { bigint: true });
    journal.records.pop();
    expect(journal.records.length).toBeGreaterThan(0);
    const again = convertBeside(request, journaled(), { hash: true });
    again.output.commit();
    expect([again.sha256, again.result().verified]).toEqual([sha256, true]);
    const after = statSync(request.outputPath, { bigint: true });
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
  });

  it('goes on after a failure that may pass, and is gone after any other', () => {
    const run = interrupted();
    const { request, journal } = run;
    const control = quietControl(0, Number.POSITIVE_INFINITY, journal);
    const records = journal.records.length;
    const full = Object.assign(control, {
      advance() {
        throw new Failure('io.no-space', { path: request.outputPath });
      },
    });
    expect(() => convert(request, full)).toThrow('io.no-space');
    expect(journal.records.length).toBeGreaterThanOrEqual(records);
    expect(existsSync(run.partial)).toBe(true);
    expect(resume(run).notes.slice(1)).toMatchObject([{ kind: 'resumed' }]);

    const other = interrupted();
    const cancelled = stoppingAfter(1, other.journal, 'cancel');
    expect(() => convert(other.request, cancelled)).toThrow('operation.cancelled');
    expect(other.journal.records).toEqual([]);
    expect(readdirSync(dirname(other.request.outputPath))).toEqual([]);
  });

  it('is nothing for what is compressed as a whole', () => {
    const journal = keptJournal();
    const request = requestOf({ format: 'raw', wrapper: 'gzip' }, source, newFolder());
    expect(() => convert(request, stoppingAfter(2, journal, 'suspend'))).toThrow('operation.interrupted');
    expect(journal.records).toEqual([]);
    expect(readdirSync(dirname(request.outputPath))).toEqual([]);
  });
});

it('knows a source again by its files: a member of a package by the package', () => {
  const path = join(newFolder(), 'appliance.ova');
  writeFileSync(path, 'a tar');
  const mark = (): string => markOf([path, `${path}:disk1.vmdk`], {});
  const before = mark();
  expect(mark()).toBe(before);
  appendFileSync(path, ', longer');
  expect(mark()).not.toBe(before);
});
