// Which images a job changed, and whether what a check said of one still holds.
import { describe, expect, it } from 'vitest';

import { changedPaths, structureJobOf } from '../../../renderer/state/job-images.ts';
import type { ConversionResult } from '#shared/domain/conversion.ts';
import type { JobOutcome, JobRequest } from '#shared/domain/job.ts';
import { someJob } from './some-job.ts';

const path = '/images/a.qcow2';
const written: ConversionResult = {
  path,
  format: 'qcow2',
  variant: null,
  virtualSizeBytes: 1,
  fileSizeBytes: 1,
  allocatedBytes: 1,
  verified: true,
  sha256: null,
};
const check: JobRequest = { kind: 'check', request: { path } };
const repair: JobRequest = { kind: 'repair', request: { path, scope: 'all' } };
const resize: JobRequest = { kind: 'resize', request: { path, capacityBytes: 2 } };
const resized: JobOutcome = {
  kind: 'resize',
  result: { path, oldBytes: 1, newBytes: 2, inPlace: true, backupPath: null },
};
const create: JobRequest = {
  kind: 'create',
  request: { outputPath: path, target: { format: 'qcow2' }, capacityBytes: 1 },
};
const created: JobOutcome = { kind: 'create', result: written };

describe('changedPaths', () => {
  it('names what was worked on in its place, however that ended', () => {
    expect(changedPaths(someJob(1, resize))).toEqual([path]);
    expect(changedPaths(someJob(1, repair))).toEqual([path]);
  });

  it('names what was written, once it is there', () => {
    expect(changedPaths(someJob(1, create, created))).toEqual([path]);
    expect(changedPaths(someJob(1, create))).toEqual([]);
  });

  it('names nothing where a file was only read', () => {
    expect(changedPaths(someJob(1, check))).toEqual([]);
    expect(changedPaths(someJob(1, { kind: 'hash', request: { path } }))).toEqual([]);
  });
});

describe('structureJobOf', () => {
  const checked = someJob(1, check);

  it('is the newest check or repair of that image', () => {
    const repaired = someJob(2, repair);
    expect(structureJobOf([repaired, checked], path)).toBe(repaired);
    expect(structureJobOf([checked], path)).toBe(checked);
    expect(structureJobOf([checked], '/images/b.qcow2')).toBeNull();
  });

  it('is none when the image was changed since', () => {
    expect(structureJobOf([someJob(2, resize, resized), checked], path)).toBeNull();
    expect(structureJobOf([someJob(2, create, created), checked], path)).toBeNull();
  });

  it('stays when a change came to nothing', () => {
    expect(structureJobOf([someJob(2, resize), checked], path)).toBe(checked);
  });
});
