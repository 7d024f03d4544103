import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scratchFolder } from '../electron/engine/scratch.ts';
import { crashLibrary } from './library-campaign.ts';

const folder = scratchFolder();

it(
  'killed at any moment of scans, edits and jobs, the library has all that was told of, and nothing half done',
  { timeout: 240_000 },
  async () => {
    let seed = 11;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const report = await crashLibrary({ kills: 6, folder: join(folder, 'library'), random });
    expect(report).toMatchObject({ kills: 6, problems: [] });
    expect(report.edits).toBeGreaterThan(0);
    expect(report.entries).toBeGreaterThan(0);
  },
);
