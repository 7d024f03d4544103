// What is said when work ends while the user is elsewhere.
import { describe, expect, it } from 'vitest';

import { endNotice, isTold } from '../../../renderer/state/end-notices.ts';
import type { JobOutcome, JobRequest } from '#shared/domain/job.ts';

const extract: JobRequest = {
  kind: 'extract',
  request: { packagePath: '/a.ova', outputFolder: '/out', disks: [] },
};
const resize: JobRequest = { kind: 'resize', request: { path: '/a.qcow2', capacityBytes: 2 ** 30 } };
const check: JobRequest = { kind: 'check', request: { path: '/a.qcow2' } };
const build: JobRequest = {
  kind: 'build',
  request: { builder: 'ovf', inputs: [], outputPath: '/out', fields: {} },
};
const built = (...paths: string[]): JobOutcome => ({
  kind: 'build',
  result: { files: paths.map((path) => ({ path, sizeBytes: 1, sha256: '' })), warnings: [] },
});

describe('endNotice', () => {
  it('names one file and counts several', () => {
    expect(endNotice({ work: build, outcome: built('/out/a.ova') })).toEqual({
      title: '“a.ova” is ready.',
      path: '/out/a.ova',
    });
    expect(endNotice({ work: build, outcome: built('/out/a.ovf', '/out/a.vmdk') })).toEqual({
      title: '2 files are ready.',
      path: '/out/a.ovf',
    });
    expect(endNotice({ work: build, outcome: built() })).toBeNull();
  });

  it('says the new size of a disk', () => {
    const outcome: JobOutcome = {
      kind: 'resize',
      result: { path: '/a.qcow2', oldBytes: 1, newBytes: 2 ** 30, inPlace: true, backupPath: null },
    };
    expect(endNotice({ work: resize, outcome })?.title).toBe('“a.qcow2” has 1 GiB now.');
  });

  it('counts extracted files', () => {
    const outcome: JobOutcome = {
      kind: 'extract-files',
      result: { outputFolder: '/home/me/Images', files: 2, folders: 0, bytes: 3, skipped: [] },
    };
    expect(endNotice({ work: check, outcome })?.title).toBe('2 files extracted into “Images”.');
  });

  it('says nothing of what has no good news', () => {
    expect(endNotice({ work: resize, outcome: null })).toBeNull();
  });
});

describe('isTold', () => {
  it('leaves out what the page shows itself', () => {
    expect(isTold({ work: resize }, { view: 'jobs' })).toBe(false);
    expect(isTold({ work: extract }, { view: 'package', path: '/a.ova' })).toBe(false);
    expect(isTold({ work: extract }, { view: 'package', path: '/b.ova' })).toBe(true);
    expect(isTold({ work: check }, { view: 'library' })).toBe(false);
    expect(isTold({ work: resize }, { view: 'image', path: '/a.qcow2' })).toBe(true);
  });
});
