import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchFolder } from '../electron/engine/scratch.ts';
import { crash } from './campaign.ts';

const folder = scratchFolder();

describe('conversions that are killed', () => {
  it.each([
    ['qcow2', 'zlib'],
    ['vmdk', 'streamOptimized'],
  ])('to %s %s go on in another process and end in the same bytes', async (format, variant) => {
    let seed = 7;
    const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const report = await crash({
      format,
      variant,
      kills: 3,
      folder: join(folder, `${format}-${variant}`),
      sizeBytes: 24 * 2 ** 20,
      random,
    });
    expect(report).toMatchObject({ kills: 3, problems: [] });
  });
});
