import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { watchFolder } from '../../../electron/scanning/watching.ts';
import { scratchFolder } from '../engine/scratch.ts';

const scratch = scratchFolder();

it('tells of what comes, moves and goes, in folders that came later too, until it is closed', async () => {
  const folder = realpathSync(mkdtempSync(join(scratch, 'watch-')));
  const told = new Set<string>();
  const watch = await watchFolder(
    folder,
    (paths) => {
      for (const path of paths) told.add(path.slice(folder.length + 1));
    },
    () => {},
  );
  const expectTold = async (...names: string[]): Promise<void> => {
    await vi.waitFor(() => expect([...told]).toEqual(expect.arrayContaining(names)), { timeout: 20_000 });
    told.clear();
  };
  mkdirSync(join(folder, 'deep'));
  await expectTold('deep');
  writeFileSync(join(folder, 'deep/a'), 'a');
  await expectTold('deep/a');
  renameSync(join(folder, 'deep/a'), join(folder, 'b'));
  await expectTold('deep/a', 'b');
  rmSync(join(folder, 'b'));
  await expectTold('b');
  await watch.close();
  writeFileSync(join(folder, 'c'), 'c');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect([...told]).toEqual([]);
});

it('says when a folder cannot be watched', async () => {
  await expect(
    watchFolder(
      join(scratch, 'nothing'),
      () => {},
      () => {},
    ),
  ).rejects.toThrow();
});
