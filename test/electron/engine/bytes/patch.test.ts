import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { applyPatch, undoPatch, type FilePatch } from '#engine/bytes/patch.ts';
import { noise, writeRawDisk } from '../pattern.ts';
import { scratchFolder } from '../scratch.ts';

/** What was done to files, in order; a step may be refused. */
const { steps, system } = vi.hoisted(() => ({
  steps: [] as string[],
  system: { refuse: (_step: string): boolean => false },
}));
vi.mock('node:fs', async (importOriginal) => {
  const original = await importOriginal<typeof fs>();
  const refuse = (step: string): void => {
    steps.push(step);
    if (system.refuse(step)) throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
  };
  return {
    ...original,
    writeSync(file: number, bytes: Uint8Array, from: number, length: number, at: number) {
      refuse(`write ${at}`);
      return original.writeSync(file, bytes, from, length, at);
    },
    ftruncateSync(file: number, size: number) {
      refuse(`truncate ${size}`);
      original.ftruncateSync(file, size);
    },
    fsyncSync(file: number) {
      steps.push('sync');
      original.fsyncSync(file);
    },
  };
});

const folder = scratchFolder();
const path = join(folder, 'disk');
const backupPath = join(folder, 'disk.backup');

afterEach(() => {
  system.refuse = () => false;
  for (const file of [path, backupPath]) rmSync(file, { force: true });
});

const patchOf = (
  changes: readonly (readonly [number, Uint8Array])[],
  sizeBytes: number | null = null,
): FilePatch => ({
  changes: changes.map(([fileOffset, bytes]) => ({ fileOffset, bytes })),
  sizeBytes,
  summary: [],
});

/** What the file must be afterwards, computed in memory. */
function patched(before: Uint8Array, { changes, sizeBytes }: FilePatch): Buffer {
  const ends = changes.map(({ fileOffset, bytes }) => fileOffset + bytes.length);
  const after = Buffer.alloc(Math.max(before.length, ...ends, sizeBytes ?? 0));
  after.set(before);
  for (const { fileOffset, bytes } of changes) after.set(bytes, fileOffset);
  return sizeBytes === null ? after : after.subarray(0, sizeBytes);
}

const old = noise(5000, 1);
const cases: readonly (readonly [string, FilePatch])[] = [
  ['inside', patchOf([[100, noise(700, 2)]])],
  ['over the end', patchOf([[4800, noise(700, 2)]])],
  ['behind the end', patchOf([[9000, noise(700, 2)]])],
  ['growing by its size', patchOf([[0, noise(10, 2)]], 9000)],
  [
    'growing, with changes on both sides',
    patchOf(
      [
        [8000, noise(700, 2)],
        [16, noise(8, 3)],
      ],
      10_000,
    ),
  ],
  ['shrinking', patchOf([[0, noise(10, 2)]], 1234)],
  ['shrinking to nothing', patchOf([], 0)],
];

describe('applyPatch and undoPatch', () => {
  it.each(cases)('changes a file and puts it back: %s', (_title, patch) => {
    writeFileSync(path, old);
    applyPatch(path, patch, backupPath);
    expect(readFileSync(path).equals(patched(old, patch))).toBe(true);
    undoPatch(path, backupPath);
    expect(readFileSync(path).equals(Buffer.from(old))).toBe(true);
  });

  it('does so for any file and any changes', () => {
    const change = fc.record({
      gap: fc.integer({ min: 0, max: 300 }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 200 }),
    });
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 800 }),
        fc.array(change, { maxLength: 5 }),
        fc.option(fc.integer({ min: 0, max: 1500 })),
        (before, pieces, size) => {
          let at = 0;
          const changes = pieces.map(({ gap, bytes }) => {
            const fileOffset = at + gap;
            at = fileOffset + bytes.length;
            return [fileOffset, bytes] as const;
          });
          const patch = patchOf(changes.reverse(), size);
          writeFileSync(path, before);
          rmSync(backupPath, { force: true });
          applyPatch(path, patch, backupPath);
          expect(readFileSync(path).equals(patched(before, patch))).toBe(true);
          undoPatch(path, backupPath);
          expect(readFileSync(path).equals(Buffer.from(before))).toBe(true);
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  it('saves of what is cut off only what is not zeros', () => {
    const bytes = noise(5000, 4);
    writeRawDisk(path, 2 ** 40, [{ at: 2 ** 39, bytes }]);
    applyPatch(path, patchOf([], 4096), backupPath);
    expect(statSync(backupPath).size).toBeLessThan(3 << 20);
    undoPatch(path, backupPath);
    expect(statSync(path).size).toBe(2 ** 40);
    const file = fs.openSync(path, 'r');
    const read = Buffer.alloc(5000);
    fs.readSync(file, read, 0, 5000, 2 ** 39);
    fs.closeSync(file);
    expect(read.equals(Buffer.from(bytes))).toBe(true);
  });

  it('undoes a patch that a crash cut short, at whatever step', () => {
    const [, patch] = cases[4]!;
    writeFileSync(path, old);
    applyPatch(path, patch, backupPath);
    const backup = readFileSync(backupPath);
    // All that can lie in the file in between: any subset of the changes, any of the two sizes.
    for (let done = 0; done < 8; done++) {
      const some = patchOf([
        ...(done & 1 ? [[8000, patch.changes[0]!.bytes] as const] : []),
        ...(done & 2 ? [[16, patch.changes[1]!.bytes] as const] : []),
      ]);
      writeFileSync(path, patched(old, done & 4 ? { ...some, sizeBytes: 10_000 } : some));
      writeFileSync(backupPath, backup);
      undoPatch(path, backupPath);
      expect(readFileSync(path).equals(Buffer.from(old))).toBe(true);
    }
  });

  it('syncs the backup, then what is new, then replaces what is old', () => {
    writeFileSync(path, old);
    steps.length = 0;
    applyPatch(path, cases[4]![1], backupPath);
    const order = steps.slice(steps.indexOf('sync'));
    expect(order).toEqual(['sync', 'sync', 'write 8000', 'truncate 10000', 'sync', 'write 16', 'sync']);
  });
});

describe('what a failing write leaves', () => {
  it('nothing, when the backup cannot be written', () => {
    writeFileSync(path, old);
    system.refuse = (step) => step.startsWith('write');
    expect(() => applyPatch(path, cases[0]![1], backupPath)).toThrow('io.no-space');
    expect(existsSync(backupPath)).toBe(false);
    expect(readFileSync(path).equals(Buffer.from(old))).toBe(true);
  });

  it.each(['write 8000', 'truncate 10000', 'write 16'])('the old file, when %s is refused', (refused) => {
    writeFileSync(path, old);
    let left = 1;
    system.refuse = (step) => step === refused && left-- > 0;
    expect(() => applyPatch(path, cases[4]![1], backupPath)).toThrow('io.no-space');
    expect(readFileSync(path).equals(Buffer.from(old))).toBe(true);
    expect(existsSync(backupPath)).toBe(false);
  });

  it('the backup, when nothing can be put back either', () => {
    writeFileSync(path, old);
    // The first bytes are changed and can be put back no more.
    let written = false;
    system.refuse = (step) => {
      if (step !== 'write 4990' && !written) return false;
      written = true;
      return true;
    };
    const patch = patchOf([
      [16, noise(8, 3)],
      [4990, noise(8, 3)],
    ]);
    expect(() => applyPatch(path, patch, backupPath)).toThrow('io.no-space');
    system.refuse = () => false;
    undoPatch(path, backupPath);
    expect(readFileSync(path).equals(Buffer.from(old))).toBe(true);
  });
});

describe('the backup', () => {
  it('is never written over another file', () => {
    writeFileSync(path, old);
    writeFileSync(backupPath, 'precious');
    expect(() => applyPatch(path, cases[0]![1], backupPath)).toThrow('io.exists');
    expect(readFileSync(backupPath, 'utf8')).toBe('precious');
    expect(readFileSync(path).equals(Buffer.from(old))).toBe(true);
  });

  it('is refused when any byte of it is wrong or missing, before the file is touched', () => {
    writeFileSync(path, old);
    applyPatch(path, cases[0]![1], backupPath);
    const after = readFileSync(path);
    const backup = readFileSync(backupPath);
    for (let at = 0; at < backup.length; at += 37) {
      const damaged = Buffer.from(backup);
      damaged[at]! ^= 0x10;
      writeFileSync(backupPath, damaged);
      expect(() => undoPatch(path, backupPath)).toThrow('input.invalid');
    }
    for (const length of [0, 5, 17, 18, 40, backup.length - 1]) {
      writeFileSync(backupPath, backup);
      truncateSync(backupPath, length);
      expect(() => undoPatch(path, backupPath), String(length)).toThrow('input.invalid');
    }
    expect(readFileSync(path).equals(after)).toBe(true);
  });

  it('is refused when its digest is right and its list is not', () => {
    writeFileSync(path, old);
    const lists: unknown[] = [
      null,
      7,
      {},
      { sizeBytes: -1, cutAt: 0, ranges: [] },
      { sizeBytes: 10, cutAt: 11, ranges: [] },
      { sizeBytes: 10, cutAt: 10, ranges: {} },
      { sizeBytes: 10, cutAt: 10, ranges: [null] },
      { sizeBytes: 10, cutAt: 10, ranges: [{ fileOffset: 8, lengthBytes: 4 }] },
      { sizeBytes: 10, cutAt: 10, ranges: [{ fileOffset: -4, lengthBytes: 4 }] },
      { sizeBytes: 10, cutAt: 10, ranges: [{ fileOffset: 0, lengthBytes: 3 }] },
      { sizeBytes: 2 ** 60, cutAt: 2 ** 60, ranges: [] },
    ];
    for (const text of [...lists.map((list) => JSON.stringify(list)), '{']) {
      const body = Buffer.from(`Platter backup 1\n${text}\nabcd`);
      writeFileSync(backupPath, Buffer.concat([body, createHash('sha256').update(body).digest()]));
      expect(() => undoPatch(path, backupPath), text).toThrow('input.invalid');
    }
    expect(readFileSync(path).equals(Buffer.from(old))).toBe(true);
  });
});
