// Our inspector beside the real oslo.utils: the same answer for every file of a corpus, and for thousands of damaged ones.
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { FileSource } from '#engine/bytes/source.ts';
import { inspectFormats } from '#engine/operations/format-inspection/inspect-formats.ts';
import { formatInspectorPath } from '../../../../setup/oslo-utils.ts';
import { describeWith } from '../../../../setup/tools.ts';
import { noise } from '../../pattern.ts';
import { scratchFolder } from '../../scratch.ts';
import { makeCorpus } from './corpus.ts';

const judge = fileURLToPath(new URL('judge.py', import.meta.url));

interface Answer {
  readonly breaksOff: boolean;
  readonly matches: readonly {
    readonly format: string;
    readonly complete: boolean;
    readonly failed: readonly string[];
    /** Whether its virtual size is of use; null where it is refused for something else. */
    readonly sized: boolean | null;
  }[];
}

function ours(path: string): Answer {
  const file = new FileSource(path);
  try {
    const { breaksOff, matches } = inspectFormats(file);
    const answers = matches.map(({ format, complete, failures, sizeProblem }) => ({
      format,
      complete,
      failed: failures.map(({ check }) => check).sort(),
      sized: complete && failures.length === 0 ? sizeProblem === null : null,
    }));
    return { breaksOff, matches: answers.sort((a, b) => (a.format < b.format ? -1 : 1)) };
  } finally {
    file.close();
  }
}

function theirs(inspector: string, paths: readonly string[]): Answer[] {
  const text = execFileSync('python3', [judge, inspector, ...paths], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  return JSON.parse(text) as Answer[];
}

/** Whole numbers below `limit`, the same in every run. */
function randomNumbers(): (limit: number) => number {
  const words = new Uint32Array(noise(1 << 18, 20_240_702).buffer);
  let next = 0;
  return (limit) => words[next++ % words.length]! % Math.max(1, limit);
}

const inspector = await formatInspectorPath();

describeWith(['qemu-img', 'python3', 'sgdisk', 'parted', 'xorriso', 'mkfs.fat'], 'beside oslo.utils', () => {
  const folder = scratchFolder();
  const corpus = makeCorpus(folder);

  it.skipIf(inspector === null)('says the same of every file of the corpus', () => {
    const answers = theirs(inspector!, corpus);
    const both = corpus.map((path, index) => [basename(path), ours(path), answers[index]!] as const);
    expect(both.filter(([, our, their]) => JSON.stringify(our) !== JSON.stringify(their))).toEqual([]);
    // The corpus reaches every format and every check.
    const formats = new Set(answers.flatMap(({ matches }) => matches.map(({ format }) => format)));
    expect([...formats].sort()).toEqual(['gpt', 'iso', 'luks', 'qcow2', 'qed', 'vdi', 'vhd', 'vhdx', 'vmdk']);
    const checks = new Set(answers.flatMap(({ matches }) => matches.flatMap(({ failed }) => failed)));
    expect([...checks].sort()).toEqual([
      'backing_file',
      'banned',
      'data_file',
      'descriptor',
      'footer',
      'mbr',
      'unknown_features',
      'version',
    ]);
    const unsized = answers.flatMap(({ matches }) => matches.filter(({ sized }) => sized === false));
    expect(new Set(unsized.map(({ format }) => format))).toEqual(
      new Set(['qcow2', 'vhd', 'vdi', 'vhdx', 'vmdk']),
    );
    expect(answers.some(({ breaksOff }) => breaksOff)).toBe(true);
    expect(answers.some(({ matches }) => matches.length > 1)).toBe(true);
  });

  it.skipIf(inspector === null)('says the same of files with changed bytes and cut ends', () => {
    const random = randomNumbers();
    const damaged: string[] = [];
    for (const [number, path] of corpus.entries()) {
      const bytes = readFileSync(path);
      for (let trial = 0; trial < 12; trial++) {
        const copy = join(folder, `damaged-${number}-${trial}`);
        copyFileSync(path, copy);
        const changed = Buffer.from(bytes);
        for (let change = 0; change < 1 + random(4); change++) {
          // Where the inspectors look: headers, the first descriptor, the boot record, the end.
          const places = [
            random(96),
            random(512),
            512 + random(512),
            446 + random(66),
            bytes.length - 1 - random(1536),
          ];
          const at = places[random(places.length)]!;
          if (at >= 0 && at < changed.length) changed[at] = random(256);
        }
        writeFileSync(copy, changed);
        if (random(4) === 0) truncateSync(copy, random(Math.min(bytes.length, 1 << (4 + random(18)))));
        damaged.push(copy);
      }
    }
    const answers = theirs(inspector!, damaged);
    const different = damaged.flatMap((path, index) => {
      const our = ours(path);
      return JSON.stringify(our) === JSON.stringify(answers[index])
        ? []
        : [{ path, our, their: answers[index] }];
    });
    expect(different).toEqual([]);
  });
});
