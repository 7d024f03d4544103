// convert with a wrapper: the whole output is compressed, and other programs take it off again.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { diskDrivers } from '#engine/disks/registry.ts';
import { compareImages } from '#engine/operations/compare.ts';
import { convert, planConversion } from '#engine/operations/convert.ts';
import { inspect } from '#engine/operations/inspect.ts';
import { describeWith } from '../../../setup/tools.ts';
import { qemuImg } from '../disks/image-files.ts';
import { noise, prose, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);
const size = (10 << 20) + 512;
const raw = writeRawDisk(at('disk.raw'), size, [
  { at: 4096, bytes: prose(3 << 20, 1) },
  { at: 7 << 20, bytes: noise(500_000, 2) },
]);

/** How another program tests the file, and unpacks it to stdout. */
const programs = {
  gzip: [
    ['gzip', '-t'],
    ['gzip', '-dc'],
  ],
  xz: [
    ['xz', '-t'],
    ['xz', '-dc'],
  ],
  zstd: [
    ['zstd', '-tq'],
    ['zstd', '-dc'],
  ],
  'tar+gzip': [
    ['tar', '-tzf'],
    ['tar', '-xzOf'],
  ],
} as const;

describeWith(['qemu-img', 'gzip', 'xz', 'zstd', 'tar'], 'a wrapped output', () => {
  it.each(Object.keys(programs) as (keyof typeof programs)[])('%s', (wrapper) => {
    const digests = [0, 2].map((workers) => {
      mkdirSync(at(`${wrapper}-${workers}`));
      const outputPath = at(`${wrapper}-${workers}/out`);
      const request = { source: { path: raw }, outputPath, target: { format: 'raw', wrapper } };
      const plan = planConversion(request, quietControl());
      const control = quietControl(workers);
      const result = convert(request, control);
      expect(result).toMatchObject({ verified: true, format: 'raw', virtualSizeBytes: size });
      expect(control.phases.map(({ phase }) => phase)).toContain('verifying');
      expect(result.fileSizeBytes).toBe(statSync(outputPath).size);
      expect(plan.outputBytes).toBeGreaterThanOrEqual(result.fileSizeBytes);
      expect(statSync(outputPath).size).toBeLessThan(4 << 20);
      return createHash('sha256').update(readFileSync(outputPath)).digest('hex');
    });
    expect(new Set(digests).size).toBe(1);
    const path = at(`${wrapper}-2/out`);
    const [[tester, test], [unpacker, unpack]] = programs[wrapper];
    execFileSync(tester, [test, path]);
    const unpacked = at(`${wrapper}.raw`);
    // zstd and xz take only their own endings, unless they read from stdin.
    const bytes =
      wrapper === 'tar+gzip' ? { args: [unpack, path] } : { args: [unpack], input: readFileSync(path) };
    writeFileSync(unpacked, execFileSync(unpacker, bytes.args, { input: bytes.input, maxBuffer: 64 << 20 }));
    expect(qemuImg('compare', '-f', 'raw', '-F', 'raw', unpacked, raw)).toContain('identical');
    expect(inspect({ path }, quietControl(), false)).toMatchObject({
      wrapper,
      format: 'raw',
      virtualSizeBytes: size,
    });
    expect(compareImages({ path }, { path: raw }, quietControl(2)).identical).toBe(true);
  });

  it('is refused for formats that are not written in one pass, and for unknown wrappers', () => {
    for (const { id, creation } of diskDrivers) {
      if (creation === undefined || creation.forward === true) continue;
      const request = {
        source: { path: raw },
        outputPath: at('refused'),
        target: { format: id, wrapper: 'gzip' },
      };
      expect(() => convert(request, quietControl())).toThrow(/input\.invalid.*not written in one pass/);
    }
    const request = {
      source: { path: raw },
      outputPath: at('refused'),
      target: { format: 'raw', wrapper: 'arj' },
    };
    expect(() => convert(request, quietControl())).toThrow(/input\.invalid.*arj.*it knows .*gzip/);
    expect(existsSync(at('refused'))).toBe(false);
  });

  it('leaves nothing when cancelled', () => {
    const control = quietControl(2, 1 << 20);
    const request = {
      source: { path: raw },
      outputPath: at('refused'),
      target: { format: 'raw', wrapper: 'gzip' },
    };
    expect(() => convert(request, control)).toThrow('operation.cancelled');
    expect(existsSync(at('refused'))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(control.partials.size).toBe(0);
  });
});
