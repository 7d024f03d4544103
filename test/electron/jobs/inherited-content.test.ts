import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ConversionRequest, ConversionResult } from '#shared/domain/conversion.ts';
import { contentTree } from '#engine/operations/content-tree.ts';
import { convert } from '#engine/operations/convert.ts';
import { findContent, recordContent } from '../../../electron/catalogue/contents.ts';
import { openCatalogue, type Catalogue } from '../../../electron/catalogue/database.ts';
import { rememberImage } from '../../../electron/catalogue/images.ts';
import { inheritContent, verifiedCopy } from '../../../electron/jobs/inherited-content.ts';
import { readAt } from '../catalogue/some-content.ts';
import { noise, writeRawDisk } from '../engine/pattern.ts';
import { quietControl } from '../engine/quiet-control.ts';
import { scratchFolder } from '../engine/scratch.ts';

const folder = scratchFolder();
let catalogue: Catalogue;
let source: string;
let outputs = 0;

function remember(path: string, format: string): number {
  const { size, mtimeMs } = statSync(path);
  const image = {
    path,
    kind: 'disk',
    format,
    variant: null,
    virtualSizeBytes: size,
    fileSizeBytes: size,
    allocatedBytes: size,
    modifiedMilliseconds: mtimeMs,
  } as const;
  return rememberImage(catalogue, image, readAt).id;
}

beforeEach(() => {
  catalogue = openCatalogue(':memory:');
  source = writeRawDisk(join(folder, 'source.img'), 3 << 20, [{ at: 5000, bytes: noise(1 << 20) }]);
  const id = remember(source, 'raw');
  recordContent(catalogue, id, contentTree({ path: source }, quietControl()), readAt);
});

/** Converts, and hands on what is known. @returns the output's id. */
async function copy(
  change: Partial<ConversionRequest> = {},
  meanwhile: () => void = () => {},
): Promise<{ readonly id: number; readonly result: ConversionResult }> {
  const outputPath = join(folder, `copy-${++outputs}`);
  const request = { source: { path: source }, outputPath, target: { format: 'qcow2' }, ...change };
  const result = convert(request, quietControl());
  meanwhile();
  const id = remember(outputPath, request.target.format);
  const verified = await verifiedCopy(request, result);
  if (verified !== null) inheritContent(catalogue, verified, readAt);
  return { id, result };
}

describe('inherited contents', () => {
  it('are those of the source, just as if the copy had been read', async () => {
    const { id, result } = await copy();
    const found = findContent(catalogue, id)!;
    const read = contentTree({ path: result.path }, quietControl());
    expect(found.root).toBe(read.root);
    expect(Array.from(found.blocks)).toEqual(Array.from(read.blocks));
    expect(found.files.map(({ path, stamp }) => [path, stamp.inode])).toEqual(
      read.files.map(({ path, stamp }) => [path, stamp.inode]),
    );
  });

  it.each<[string, Partial<ConversionRequest>]>([
    ['was not read back', { verify: false }],
    ['has another size', { capacityBytes: 4 << 20 }],
    ['lies in several files', { target: { format: 'vmdk', variant: 'monolithicFlat' } }],
    ['is the bytes of the file', { target: { format: 'as-is' } }],
  ])('are none of a copy that %s', async (_, change) => {
    expect(findContent(catalogue, (await copy(change)).id)).toBeNull();
  });

  it('are none where the source has been written into since it was read', async () => {
    const { id } = await copy({}, () => writeFileSync(source, noise(3 << 20, 9)));
    expect(findContent(catalogue, id)).toBeNull();
  });
});
