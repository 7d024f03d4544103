/** The size of a block device as sysfs tells it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { blockDeviceBytes } from '#engine/bytes/block-device.ts';
import { FileSource } from '#engine/bytes/source.ts';
import { isFailure } from '#shared/failure.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();

function device(name: string, size: string): void {
  const home = join(folder, 'dev', 'block', name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'size'), size);
}

it('is counted in sectors of 512 bytes', () => {
  device('8:17', '2097152\n');
  expect(blockDeviceBytes(8 * 256 + 17, folder)).toBe(2 ** 30);
});

it('is found for large numbers, too', () => {
  device('259:300', '8\n');
  // 300 is 0x12c: its low byte stands below the major, the rest above it.
  expect(blockDeviceBytes(0x2c + 259 * 256 + 0x100 * 2 ** 12, folder)).toBe(4096);
});

it('is not known where the system does not say, or says nonsense', () => {
  expect(blockDeviceBytes(7 * 256, folder)).toBeNull();
  device('7:1', 'many\n');
  expect(blockDeviceBytes(7 * 256 + 1, folder)).toBeNull();
  device('7:2', `${2 ** 60}\n`);
  expect(blockDeviceBytes(7 * 256 + 2, folder)).toBeNull();
});

it('does not make a disk of other devices', () => {
  try {
    new FileSource('/dev/zero', { devices: true });
    expect.unreachable();
  } catch (error) {
    expect(isFailure(error, 'input.invalid')).toBe(true);
  }
});
