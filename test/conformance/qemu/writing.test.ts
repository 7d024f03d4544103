/** Every writer, in every variant and with every value of its options, against qemu-img check and compare, and libyal's tools. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { OptionDeclaration } from '#shared/domain/format.ts';
import type { DiskDriver } from '#engine/disks/driver.ts';
import { diskDrivers } from '#engine/disks/registry.ts';
import { compareImages } from '#engine/operations/compare.ts';
import { convert } from '#engine/operations/convert.ts';
import { hashImage } from '#engine/operations/hash.ts';
import { isFailure } from '#shared/failure.ts';
import { quietControl } from '../../electron/engine/quiet-control.ts';
import { scratchFolder } from '../../electron/engine/scratch.ts';
import { describeWith } from '../../setup/tools.ts';
import { writeTestDisks } from './disks.ts';

/** How qemu-img and libyal call a format. */
const judges: Readonly<Record<string, { qemu: string; checks: boolean; yal: string | null }>> = {
  qcow2: { qemu: 'qcow2', checks: true, yal: 'qcowinfo' },
  vmdk: { qemu: 'vmdk', checks: true, yal: 'vmdkinfo' },
  vdi: { qemu: 'vdi', checks: true, yal: null },
  vhd: { qemu: 'vpc', checks: false, yal: 'vhdiinfo' },
  vhdx: { qemu: 'vhdx', checks: true, yal: 'vhdiinfo' },
  raw: { qemu: 'raw', checks: false, yal: null },
};

/** libqcow reads qcow2 as it was before zstd clusters and subclusters. */
function isUnknownToYal(variant: string, options: Readonly<Record<string, unknown>>): boolean {
  return variant === 'zstd' || options['extended_l2'] === true;
}

/** qemu-img opens no VHDX with sectors of 4096 bytes. */
function isUnknownToQemu(options: Readonly<Record<string, unknown>>): boolean {
  return options['logical_sector_size'] === '4096';
}

/** A few values of an option that differ from its default: the bounds of a range, every choice. */
function otherValues(option: OptionDeclaration): (string | number | boolean)[] {
  switch (option.type) {
    case 'boolean':
      return [!option.default];
    case 'choice':
      return option.choices.filter((choice) => choice !== option.default);
    case 'integer':
    case 'size':
      return [option.minimum, option.maximum].filter((value) => value !== option.default);
    case 'text':
      return option.name === 'uuid' ? ['6b29fc40-ca47-4067-b31d-00dd010662da'] : [];
  }
}

interface WriteCase {
  readonly driver: DiskDriver;
  readonly variant: string;
  readonly options: Readonly<Record<string, string | number | boolean>>;
}

const writers = (diskDrivers as readonly DiskDriver[]).filter(({ creation }) => creation !== undefined);
const writeCases: readonly WriteCase[] = writers.flatMap((driver) => {
  const { variants, options } = driver.creation!;
  return variants.flatMap(({ id: variant }) => [
    { driver, variant, options: {} },
    ...options.flatMap((option) =>
      otherValues(option).map((value) => ({ driver, variant, options: { [option.name]: value } })),
    ),
  ]);
});

describeWith(['qemu-img', 'vhdiinfo', 'vmdkinfo', 'qcowinfo'], 'what Platter wrote', () => {
  const folder = scratchFolder();
  // The largest are read only: flat variants would be written in full.
  const disks = writeTestDisks(folder).filter(({ sizeBytes }) => sizeBytes < 2 ** 40);

  it('has a judge for every format that is written', () => {
    expect(writers.map(({ id }) => id).filter((id) => judges[id] === undefined)).toEqual([]);
  });

  const titled = writeCases.map((one, number) => ({
    ...one,
    number,
    title: [one.driver.id, one.variant, JSON.stringify(one.options)].join(' '),
  }));
  it.each(titled)('$title', ({ driver, variant, options, number }) => {
    const judge = judges[driver.id]!;
    for (const disk of disks) {
      const home = join(folder, `${number}-${disk.name}`);
      mkdirSync(home);
      const path = join(home, `disk.${driver.extensions[0]!}`);
      const request = {
        source: { path: disk.path, format: 'raw' },
        outputPath: path,
        target: { format: driver.id, variant, options },
      };
      try {
        convert(request, quietControl());
      } catch (error) {
        // Options that do not go together are refused by name; nothing else may stop a conversion.
        if (Object.keys(options).length > 0 && isFailure(error, 'input.invalid')) continue;
        throw error;
      }
      if (isUnknownToQemu(options)) {
        // Our own reader, which has other judges for other disks of the kind, and libvhdi's look at the structure.
        execFileSync(judge.yal!, [path], { stdio: 'pipe' });
        const comparison = compareImages({ path: disk.path, format: 'raw' }, { path }, quietControl());
        expect(comparison.firstDifference, disk.name).toBeNull();
        continue;
      }
      if (judge.checks) execFileSync('qemu-img', ['check', '-f', judge.qemu, path], { stdio: 'pipe' });
      const compared = spawnSync('qemu-img', ['compare', '-f', 'raw', '-F', judge.qemu, disk.path, path]);
      expect(`${compared.stdout}${compared.stderr}`, disk.name).toContain('Images are identical');
      if (judge.yal !== null && !isUnknownToYal(variant, options))
        execFileSync(judge.yal, [path], { stdio: 'pipe' });
      rmSync(home, { recursive: true });
    }
  });
});

describeWith('qemu-img', 'every pair of formats', () => {
  const folder = scratchFolder();
  const [, disk] = writeTestDisks(folder);
  const ways = writers.flatMap((driver) =>
    driver.creation!.variants.map(({ id }) => ({ format: driver.id, variant: id })),
  );
  const expected = hashImage({ path: disk!.path, format: 'raw' }, quietControl()).sha256;

  it.each(ways)('$format $variant becomes every other, and the bytes stay', ({ format, variant }) => {
    const home = join(folder, `${format}-${variant}`);
    mkdirSync(home);
    const first = join(home, 'first.img');
    convert(
      { source: { path: disk!.path, format: 'raw' }, outputPath: first, target: { format, variant } },
      quietControl(),
    );
    for (const [number, target] of ways.entries()) {
      const outputPath = join(home, `second-${number}.img`);
      convert({ source: { path: first, format }, outputPath, target, verify: false }, quietControl());
      const { sha256 } = hashImage({ path: outputPath, format: target.format }, quietControl());
      expect(sha256, `${target.format} ${target.variant}`).toBe(expected);
    }
    rmSync(home, { recursive: true });
  });
});
