// Bytes on their way to an output: joined, described for other threads, done there or here.
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { RangeCopier } from '#engine/bytes/range-copier.ts';
import { OutputFile } from '#engine/bytes/output-file.ts';
import type { ByteSink } from '#engine/bytes/sink.ts';
import { ConcatenatedSource, FileSource, MemorySource } from '#engine/bytes/source.ts';
import { Moves, moveWords, performDescribed } from '#engine/pipeline/moves.ts';
import { noise } from '../pattern.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const control = { partialCreated() {}, partialGone() {} };
const words = new Float64Array(8 * moveWords);
const opened: { close(): void }[] = [];
let count = 0;

function newOutput(): OutputFile {
  const output = new OutputFile(join(folder, `out-${count++}`), false, control);
  opened.push(output);
  return output;
}

function fileSource(bytes: Uint8Array): FileSource {
  const path = join(folder, `source-${count++}`);
  writeFileSync(path, bytes);
  const source = new FileSource(path);
  opened.push(source);
  return source;
}

function contentOf(output: OutputFile): Uint8Array {
  return new Uint8Array(readFileSync(output.partialPath));
}

afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

describe('moves of a chunk', () => {
  const bytes = noise(4096, 1);

  it('that go on are one, in the file and in what they come from', () => {
    const output = newOutput();
    const moves = new Moves(bytes);
    moves.write(output, 100, 0, 1000);
    moves.write(output, 1100, 1000, 1000);
    moves.write(output, 2200, 2000, 500);
    moves.write(output, 2700, 3000, 500);
    expect(moves.describe(words)).toBe(3);
    expect([...words.subarray(1, moveWords)]).toEqual([0, words[2], 100, 2000]);
  });

  it('are the same done by another thread and here', () => {
    const [here, there] = [newOutput(), newOutput()];
    const source = fileSource(noise(10_000, 2));
    const into = (output: OutputFile): Moves => {
      const moves = new Moves(bytes);
      moves.write(output, 0, 96, 4000);
      moves.copy(output, 8192, source, 1234, 5000);
      return moves;
    };
    into(here).perform(new RangeCopier());
    const described = into(there).describe(words);
    expect(described).toBe(2);
    expect(performDescribed(words, described, bytes)).toBe(true);
    expect(contentOf(there)).toEqual(contentOf(here));
    expect(contentOf(here).subarray(8192)).toEqual(noise(10_000, 2).subarray(1234, 6234));
  });

  it('out of several files joined to one are a move each', () => {
    const output = newOutput();
    const joined = new ConcatenatedSource([fileSource(noise(3000, 3)), fileSource(noise(3000, 4))], 'joined');
    const moves = new Moves(bytes);
    moves.copy(output, 0, joined, 1000, 4000);
    const described = moves.describe(words);
    expect(described).toBe(2);
    expect(performDescribed(words, described, bytes)).toBe(true);
    const expected = new Uint8Array(4000);
    joined.read(1000, expected);
    expect(contentOf(output)).toEqual(expected);
  });

  it('stay here where the bytes lie in no file, the output is none, or there are too many', () => {
    const output = newOutput();
    const fromMemory = new Moves(bytes);
    fromMemory.copy(output, 0, new MemorySource(bytes), 0, 4096);
    expect(fromMemory.describe(words)).toBe(-1);
    fromMemory.perform(new RangeCopier());
    expect(contentOf(output)).toEqual(bytes);

    const written: number[] = [];
    const sink: ByteSink = { write: (fileOffset) => void written.push(fileOffset), truncate() {} };
    const intoStream = new Moves(bytes);
    intoStream.write(sink, 7, 0, 10);
    expect(intoStream.describe(words)).toBe(-1);

    const many = new Moves(bytes);
    for (let index = 0; index < 9; index++) many.write(output, index * 100, index * 50, 10);
    expect(many.describe(words)).toBe(-1);
  });

  it('that a thread cannot do are reported, and said here with the name of the output', () => {
    const output = newOutput();
    const moves = new Moves(bytes);
    moves.write(output, 0, 0, 4096);
    expect(moves.describe(words)).toBe(1);
    const readable = openSync(output.partialPath, 'r');
    opened.push({ close: () => closeSync(readable) });
    words[2] = readable;
    expect(performDescribed(words, 1, bytes)).toBe(false);
    // The source ends before what is to be copied: less is moved than was asked for.
    const short = fileSource(noise(1000, 5));
    const copy = new Moves(bytes);
    copy.copy(output, 0, short, 0, 1000);
    const described = copy.describe(words);
    words[4] = 2000;
    expect(performDescribed(words, described, bytes)).toBe(false);
    output.close();
    expect(() => moves.perform(new RangeCopier())).toThrow(/closed output/);
  });
});
