/** Runs one operation in a process of its own under strace and says which bytes of which files it read and wrote. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Span } from '#shared/domain/image.ts';
import type { ConversionRequest } from '#shared/domain/conversion.ts';
import { runCommand } from '../../../setup/run-command.ts';
import { toolPath } from '../../../setup/tool-paths.ts';

export interface Trace {
  /** Each read's place and length in the file of that path, by every thread, in the order of their ends. */
  reads(path: string): readonly Span[];
  /** The same of writes; `path` may be a pattern, since outputs get their name in the end. */
  writes(path: string | RegExp): readonly Span[];
  /** What the kernel copied out of the file of that path: places and lengths in it. */
  copies(path: string): readonly Span[];
}

/** Offsets come with the calls that Node makes for positional reads and writes. */
const calls = 'pread64,pwrite64,preadv,pwritev,read,write,copy_file_range';
const positional = /(pread64|pwrite64)\(\d+<([^>]*)>(?:\(deleted\))?, .*?, (\d+), (\d+)\)\s+= (\d+)/;
const copying = /(copy_file_range)\(\d+<([^>]*)>, \[(\d+)[^\]]*\], .*\)\s+= (\d+)/;
const other = /\b(preadv|pwritev|read|write|copy_file_range)\(\d+<([^>]*)>/;

/** Converts with that many threads, without reading the output back; its own files go into `folder`. Throws when it fails. */
export async function traceConversion(
  request: ConversionRequest,
  workers: number,
  folder: string,
): Promise<Trace> {
  const arguments_ = `${JSON.stringify({ ...request, verify: false })}, quietControl(${workers})`;
  return traceOperation('convert', 'convert', arguments_, folder);
}

/** Calls a function of `operations/MODULE.ts` with these arguments, as source text, in a process of its own. Throws when it fails. */
export async function traceOperation(
  module: string,
  name: string,
  arguments_: string,
  folder: string,
): Promise<Trace> {
  const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const script = `
    import { ${name} } from ${url(`../../../../electron/engine/operations/${module}.ts`)};
    import { quietControl } from ${url('../quiet-control.ts')};
    ${name}(${arguments_});`;
  // A file: threads inherit what a program is started with, and cannot be told a program as a word.
  const scriptPath = join(folder, `${module}.mjs`);
  writeFileSync(scriptPath, script);
  const log = join(folder, 'strace.log');
  // -z: only calls that succeeded; --seccomp-bpf: all other calls at full speed.
  const options = ['-f', '-y', '-z', '-s', '0', '--seccomp-bpf', '-e', `trace=${calls}`, '-o', log];
  await runCommand(toolPath('strace')!, [...options, process.execPath, scriptPath], { timeoutMs: 60_000 });
  return parseTrace(readFileSync(log, 'utf8'));
}

/** Reads what strace wrote. Calls that were interrupted by another thread's are put together again. */
export function parseTrace(text: string): Trace {
  const found: { name: string; path: string; span: Span }[] = [];
  const unknown: { name: string; path: string }[] = [];
  const begun = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [thread = '', rest = ''] = line.split(/\s+(.*)/s);
    let whole = rest;
    const cut = rest.indexOf(' <unfinished ...>');
    if (cut >= 0) {
      begun.set(thread, rest.slice(0, cut));
      continue;
    }
    const continuation = /<\.\.\. \w+ resumed>(.*)/.exec(rest);
    if (continuation !== null) whole = (begun.get(thread) ?? '') + continuation[1]!;
    const match = positional.exec(whole) ?? withoutLength(copying.exec(whole));
    if (match !== null) {
      const [, name, path, , start, length] = match;
      found.push({ name: name!, path: path!, span: { start: Number(start), length: Number(length) } });
      continue;
    }
    const elsewhere = other.exec(whole);
    if (elsewhere !== null) unknown.push({ name: elsewhere[1]!, path: elsewhere[2]! });
  }
  const spans = (name: string, path: string | RegExp): readonly Span[] => {
    const isMeant = (candidate: string): boolean =>
      typeof path === 'string' ? candidate === path : path.test(candidate);
    const stray = unknown.find((call) => isMeant(call.path));
    if (stray !== undefined)
      throw new Error(`${stray.name} of ${stray.path}: a call whose place is not known`);
    return found.filter((call) => call.name === name && isMeant(call.path)).map(({ span }) => span);
  };
  return {
    reads: (path) => spans('pread64', path),
    writes: (path) => spans('pwrite64', path),
    copies: (path) => spans('copy_file_range', path),
  };
}

/** A copy names no length between its place and its result; the match is as long as that of other calls then. */
function withoutLength(match: RegExpExecArray | null): readonly string[] | null {
  return match === null ? null : [match[0], match[1]!, match[2]!, '', match[3]!, match[4]!];
}

/** How many bytes of `within` the spans touch, and how many of them more than once. */
export function coverage(spans: readonly Span[], within: readonly Span[]): { once: number; again: number } {
  const counts = { once: 0, again: 0 };
  for (const { start, length } of within) {
    const seen = new Uint8Array(length);
    for (const span of spans) {
      const from = Math.max(span.start, start) - start;
      const to = Math.min(span.start + span.length, start + length) - start;
      for (let at = from; at < to; at++) {
        if (seen[at] === 0) counts.once++;
        else counts.again++;
        seen[at] = 1;
      }
    }
  }
  return counts;
}
