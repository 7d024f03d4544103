import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { migrations } from '../../../../electron/catalogue/migrations/list.ts';

const folder = fileURLToPath(new URL('../../../../electron/catalogue/migrations', import.meta.url));
const numbered = (folderPath: string, ending: RegExp): number[] =>
  readdirSync(folderPath)
    .filter((name) => ending.test(name))
    .map((name) => Number(name.slice(0, 4)))
    .sort((a, b) => a - b);

describe('migrations', () => {
  it('are in order, and named after their versions', () => {
    const versions = migrations.map((migration) => migration.version);
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(new Set(versions).size).toBe(versions.length);
    expect(numbered(folder, /^\d{4}-[a-z-]+\.ts$/)).toEqual(versions);
  });

  it('have a test each', () => {
    const tests = fileURLToPath(new URL('.', import.meta.url));
    expect(numbered(tests, /^\d{4}-[a-z-]+\.test\.ts$/)).toEqual(
      migrations.map((migration) => migration.version),
    );
  });
});
