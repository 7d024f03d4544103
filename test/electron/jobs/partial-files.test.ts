import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { partialSuffix } from '#engine/bytes/partial-file.ts';
import { unlimited } from '#shared/domain/job.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { insertJob, takeNextJob } from '../../../electron/catalogue/jobs.ts';
import { listPartialFiles, recordPartialFile } from '../../../electron/catalogue/partial-files.ts';
import {
  isPartialName,
  removePartialFile,
  removePartialFiles,
} from '../../../electron/jobs/partial-files.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();
const partialName = `.disk.qcow2.0a1b2c3d${partialSuffix}`;
let folder: string;
let catalogue: Catalogue;
let jobId: number;

beforeEach(() => {
  folder = mkdtempSync(join(scratch, 'partial-'));
  catalogue = openCatalogue(':memory:');
  const work = { kind: 'hash', request: { path: '/a' } } as const;
  jobId = insertJob(catalogue, { title: 'x', work, limits: unlimited, owner: '1-a', createdAt: '' }).id;
  takeNextJob(catalogue, '1-a', '');
});

describe('isPartialName', () => {
  it('is that of an output that is not complete, and no other', () => {
    expect(isPartialName(partialName)).toBe(true);
    for (const name of [
      'disk.qcow2',
      `disk.qcow2${partialSuffix}`,
      partialSuffix,
      `.${partialSuffix}`,
      `${partialName}.bak`,
    ]) {
      expect(isPartialName(name)).toBe(false);
    }
  });
});

describe('removePartialFile', () => {
  it('removes the file', async () => {
    const path = join(folder, partialName);
    writeFileSync(path, 'half');
    expect(await removePartialFile(path)).toBe(true);
    expect(existsSync(path)).toBe(false);
    expect(await removePartialFile(path)).toBe(true);
  });

  it('removes nothing else, whatever the record says', async () => {
    const precious = join(folder, 'precious.qcow2');
    writeFileSync(precious, 'precious');
    expect(await removePartialFile(precious)).toBe(true);
    const link = join(folder, `.link${partialSuffix}`);
    symlinkSync(precious, link);
    expect(await removePartialFile(link)).toBe(true);
    const directory = join(folder, `.folder${partialSuffix}`);
    mkdirSync(directory);
    expect(await removePartialFile(directory)).toBe(true);
    expect(readFileSync(precious, 'utf8')).toBe('precious');
    expect(existsSync(link)).toBe(true);
    expect(existsSync(directory)).toBe(true);
  });

  it('looks again when the folder is not there', async () => {
    expect(await removePartialFile(join(folder, 'unplugged', partialName))).toBe(false);
  });
});

describe('removePartialFiles', () => {
  it('takes off the record what is gone, and only that', async () => {
    const [here, elsewhere] = [join(folder, partialName), join(folder, 'unplugged', partialName)];
    writeFileSync(here, 'half');
    for (const path of [here, elsewhere]) recordPartialFile(catalogue, jobId, path);
    await removePartialFiles(catalogue, [here, elsewhere], () => {});
    expect(listPartialFiles(catalogue, jobId)).toEqual([elsewhere]);
  });

  it('logs what it cannot remove and goes on', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const [impossible, here] = [join(file, partialName), join(folder, partialName)];
    writeFileSync(here, 'half');
    for (const path of [impossible, here]) recordPartialFile(catalogue, jobId, path);
    const lines: string[] = [];
    await removePartialFiles(catalogue, [impossible, here], (line) => lines.push(line));
    expect(existsSync(here)).toBe(false);
    expect(listPartialFiles(catalogue, jobId)).toEqual([impossible]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('ENOTDIR');
  });
});
