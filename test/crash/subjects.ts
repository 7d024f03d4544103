/** What the crash campaign kills: a conversion to each format, a copy of a whole file, and the extraction of a package with two disks. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { diskDrivers } from '#engine/disks/registry.ts';
import { convert } from '#engine/operations/convert.ts';
import { extract } from '#engine/operations/extract.ts';
import type { TargetRequest } from '#shared/domain/conversion.ts';
import type { JobRequest } from '#shared/domain/job.ts';
import { noise, prose, writeRawDisk } from '../electron/engine/pattern.ts';
import { quietControl } from '../electron/engine/quiet-control.ts';
import { item, minimal } from '../fixtures/packages/descriptors.ts';
import { writeTar } from '../fixtures/ustar.ts';

export interface Subject {
  /** What `--format` calls it. */
  readonly name: string;
  readonly variant: string | null;
  /** Makes what the job reads, in `folder`; answers the job that writes into another one. */
  readonly prepare: (folder: string, sizeBytes: number) => (outputFolder: string) => JobRequest;
}

const mebibyte = 2 ** 20;

/** Does the job here and now. */
export function performUndisturbed(work: JobRequest): void {
  if (work.kind === 'convert') convert(work.request, quietControl());
  else if (work.kind === 'extract') extract(work.request, quietControl());
  else throw new Error(`the campaign has no ${work.kind}`);
}

/** Everything that can be killed; a format's first variant where none is named. */
export function subjects(variant?: string): readonly Subject[] {
  const conversions = diskDrivers.flatMap(({ id, creation }) =>
    creation === undefined ? [] : [conversionTo(id, variant ?? creation.variants[0]!.id)],
  );
  return [...conversions, copyAsItIs, extraction];
}

/** Of a raw disk. */
export function conversionTo(format: string, variant: string): Subject {
  return {
    name: format,
    variant,
    prepare(folder, sizeBytes) {
      const source = { path: writeDisk(join(folder, 'source.raw'), sizeBytes, 1), format: 'raw' };
      return (outputFolder) => ({
        kind: 'convert',
        request: { source, outputPath: join(outputFolder, 'out'), target: { format, variant } },
      });
    },
  };
}

/** Of a qcow2 image, byte for byte. */
export const copyAsItIs: Subject = {
  name: 'as-is',
  variant: null,
  prepare(folder, sizeBytes) {
    const raw = writeDisk(join(folder, 'source.raw'), sizeBytes, 1);
    const source = { path: made(raw, join(folder, 'source.qcow2'), { format: 'qcow2' }) };
    return (outputFolder) => ({
      kind: 'convert',
      request: { source, outputPath: join(outputFolder, 'out'), target: { format: 'as-is' } },
    });
  },
};

/** Of an OVA with two disks, to qcow2. */
export const extraction: Subject = {
  name: 'package',
  variant: null,
  prepare(folder, sizeBytes) {
    const capacity = Math.floor(sizeBytes / 2 / mebibyte) * mebibyte;
    const names = ['first.vmdk', 'second.vmdk'];
    for (const [index, name] of names.entries()) {
      const raw = writeDisk(join(folder, `${name}.raw`), capacity, index + 1);
      made(raw, join(folder, name), { format: 'vmdk', variant: 'streamOptimized' });
    }
    const packagePath = packed(folder, names, capacity);
    const target = { format: 'qcow2', variant: 'zlib' };
    const disks = names.map((name) => ({ name, target }));
    return (outputFolder) => ({ kind: 'extract', request: { packagePath, outputFolder, disks } });
  },
};

function writeDisk(path: string, sizeBytes: number, seed: number): string {
  const third = Math.floor(sizeBytes / 3);
  return writeRawDisk(path, sizeBytes, [
    { at: 0, bytes: prose(third, seed) },
    { at: Math.floor(sizeBytes / 2 / mebibyte) * mebibyte + 4096, bytes: noise(third, seed + 1) },
  ]);
}

function made(raw: string, outputPath: string, target: TargetRequest): string {
  convert({ source: { path: raw, format: 'raw' }, outputPath, target }, quietControl());
  return outputPath;
}

function packed(folder: string, names: readonly string[], capacity: number): string {
  const path = join(folder, 'package.ova');
  const descriptor = minimal({
    files: names
      .map((name) => {
        const { size } = statSync(join(folder, name));
        return `<File ovf:id="${name}" ovf:href="${name}" ovf:size="${size}"/>`;
      })
      .join(''),
    disks: names
      .map(
        (name) =>
          `<Disk ovf:diskId="d-${name}" ovf:fileRef="${name}" ovf:capacity="${capacity}" ovf:format="http://x/vmdk.html"/>`,
      )
      .join(''),
    items: names
      .map((name, index) =>
        item({
          InstanceID: index + 1,
          ResourceType: 17,
          ElementName: name,
          HostResource: `ovf:/disk/d-${name}`,
        }),
      )
      .join(''),
  });
  writeTar(path, [
    { name: 'package.ovf', content: Buffer.from(descriptor) },
    ...names.map((name) => ({ name, content: { path: join(folder, name) } })),
  ]);
  return path;
}
