// A compute thread that dies in the middle ends the operation, which leaves nothing behind and does not wait.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Control } from '#engine/control.ts';
import { convert } from '#engine/operations/convert.ts';
import { hashImage } from '#engine/operations/hash.ts';
import { Failure } from '#shared/failure.ts';
import { threadBundles } from '../../../setup/thread-bundles.ts';
import { prose, writeRawDisk } from '../pattern.ts';
import { quietControl } from '../quiet-control.ts';
import { scratchFolder } from '../scratch.ts';

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);

/** Longer than the looks are apart, and far shorter than a test may take: nobody waits for a dead thread. */
const atMostMilliseconds = 15_000;

/** Compresses well: what is stored as it is, the kernel would move. */
const raw = writeRawDisk(at('disk.raw'), 64 << 20, [{ at: 0, bytes: prose(48 << 20, 1) }]);
const image = at('disk.qcow2');
convert(
  { source: { path: raw, format: 'raw' }, outputPath: image, target: { format: 'qcow2', variant: 'zstd' } },
  quietControl(0),
);
const packed = at('disk.raw.gz');
writeFileSync(packed, gzipSync(readFileSync(raw), { level: 1 }));

/** A compute thread's script that dies in the `nth` call of a function of node:fs. */
function dyingIn(name: 'readSync' | 'writeSync', nth: number, last: string): string {
  const path = at(`${name}-${nth}-${last.replace(/\W+/g, '-')}.cjs`);
  writeFileSync(
    path,
    `const fs = require('node:fs');
     const original = fs.${name};
     let calls = 0;
     fs.${name} = (...args) => {
       if (++calls === ${nth}) { ${last}; }
       return original(...args);
     };
     require(${JSON.stringify(threadBundles.computer)});`,
  );
  return path;
}

function scriptOf(text: string): string {
  const path = at('broken.cjs');
  writeFileSync(path, text);
  return path;
}

/** The ordered thread takes its time after each chunk, so that the others have most of the work. */
function slowControl(computerEntry: string): Control {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  return { ...quietControl(2), computerEntry, advance: () => void Atomics.wait(clock, 0, 0, 30) };
}

/** What `work` fails with, and within what time. */
function failureOf(computerEntry: string, work: (control: Control) => void): Failure {
  const control = slowControl(computerEntry);
  const began = performance.now();
  try {
    work(control);
  } catch (error) {
    expect(performance.now() - began).toBeLessThan(atMostMilliseconds);
    return Failure.from(error);
  }
  throw new Error('it did not fail');
}

const ended = {
  problem: expect.stringContaining('a compute thread ended before its work was done') as string,
};
const toVmdk = (control: Control): void => {
  const target = { format: 'vmdk', variant: 'streamOptimized' };
  convert({ source: { path: image, format: 'qcow2' }, outputPath: at('out.vmdk'), target }, control);
};
/** No other thread than the one that reads goes through a stream. */
const unpack = (control: Control): void => {
  const target = { format: 'qcow2', variant: 'plain' };
  convert({ source: { path: packed }, outputPath: at('out.qcow2'), target }, control);
};
const toRaw = (control: Control): void => {
  const target = { format: 'raw', variant: 'sparse' };
  convert({ source: { path: image, format: 'qcow2' }, outputPath: at('out.raw'), target }, control);
};

describe('a compute thread that dies', () => {
  it.each([
    ['while it reads', dyingIn('readSync', 9, 'process.exit(7)'), toVmdk],
    ['while it moves bytes', dyingIn('writeSync', 1, 'process.exit(7)'), toRaw],
    ['before it has begun', scriptOf('process.exit(7)'), unpack],
  ])('%s ends a conversion at once, with nothing left behind', (_, entry, work) => {
    const before = readdirSync(folder);
    const { code, details } = failureOf(entry, work);
    expect({ code, details }).toEqual({ code: 'internal', details: ended });
    expect(readdirSync(folder)).toEqual(before);
  });

  it('ends a question, too', () => {
    const entry = dyingIn('readSync', 9, 'process.exit(7)');
    const { code } = failureOf(entry, (control) => hashImage({ path: image, format: 'qcow2' }, control));
    expect(code).toBe('internal');
  });
});
