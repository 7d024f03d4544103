/** Every reader against files that qemu-img made with every option it has: the same bytes, the same size. */
import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compareImages } from '#engine/operations/compare.ts';
import { inspect } from '#engine/operations/inspect.ts';
import { quietControl } from '../../electron/engine/quiet-control.ts';
import { scratchFolder } from '../../electron/engine/scratch.ts';
import { describeWith } from '../../setup/tools.ts';
import { writeTestDisks } from './disks.ts';
import { caseTitle, isFeasible, makeQemuImage, qemuCases } from './images.ts';

describeWith('qemu-img', 'what qemu-img wrote', () => {
  const folder = scratchFolder();
  const disks = writeTestDisks(folder);

  it.each(qemuCases.map((one, number) => ({ one, number, title: caseTitle(one) })))(
    '$title',
    ({ one, number }) => {
      const feasible = disks.filter(({ sizeBytes }) => isFeasible(one, sizeBytes));
      expect(feasible.length).toBeGreaterThanOrEqual(2);
      for (const disk of feasible) {
        const path = makeQemuImage(one, disk.path, folder, number);
        const info = inspect({ path }, quietControl(), false);
        expect(info.format, disk.name).toBe(one.format);
        expect(info.virtualSizeBytes, disk.name).toBe(disk.sizeBytes);
        const comparison = compareImages({ path: disk.path, format: 'raw' }, { path }, quietControl());
        expect(comparison.firstDifference, disk.name).toBeNull();
        rmSync(path);
      }
    },
  );
});
