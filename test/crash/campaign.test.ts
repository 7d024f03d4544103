import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchFolder } from '../electron/engine/scratch.ts';
import { crash } from './campaign.ts';
import { conversionTo, copyAsItIs, extraction } from './subjects.ts';

const folder = scratchFolder();

describe('jobs that are killed', () => {
  it.each([
    ['conversion to qcow2', conversionTo('qcow2', 'zlib')],
    ['conversion to vmdk', conversionTo('vmdk', 'streamOptimized')],
    ['copy of a whole file', copyAsItIs],
    ['package with two disks', extraction],
  ])(
    '%s: another process goes on and ends in the same bytes',
    async (title, subject) => {
      let seed = 7;
      const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
      const report = await crash({
        subject,
        kills: 3,
        folder: join(folder, title.replaceAll(' ', '-')),
        sizeBytes: 24 * 2 ** 20,
        random,
      });
      expect(report).toMatchObject({ kills: 3, problems: [] });
    },
    180_000,
  );
});
