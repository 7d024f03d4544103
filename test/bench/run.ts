/** The benchmark: ours and qemu-img's time and memory, in turn, on the same inputs. `npm run bench -- --help`. */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { buildWhenStale } from '../../build/stale.ts';
import { deflateCodec } from '../../electron/engine/bytes/libdeflate.ts';
import { formatBytes } from '../../shared/text/units.ts';
import { runTool } from '../fixtures/appliance-disk.ts';
import { sha256Of } from '../fixtures/appliance.ts';
import { runCommand } from '../setup/run-command.ts';
import { describeMissing } from '../setup/tool-paths.ts';
import { ourContender, ourTitle, qemuContenders, type Contender } from './contenders.ts';
import { BenchInputs } from './inputs.ts';
import { measure, ProgramFailed, type Measurement } from './measure.ts';
import {
  describeMachine,
  machineLines,
  measuredResult,
  notYetResult,
  rowLines,
  scalingLines,
  summarise,
  tableLines,
  type RowResult,
} from './report.ts';
import { rows, type Row } from './rows.ts';
import { parseSelection, usage, type Selection } from './selection.ts';

const judgeTimeoutMs = 30 * 60_000;

function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

interface Sizes {
  readonly outputBytes: number | null;
  readonly allocatedBytes: number | null;
}

/** Runs a contender once; its answer is judged when asked for, and its output removed. */
async function runOnce(contender: Contender, inputs: BenchInputs, judge: boolean) {
  const { output } = contender;
  if (output !== null) rmSync(output.path, { force: true });
  const measurement = await measure(contender.command);
  let sizes: Sizes = { outputBytes: null, allocatedBytes: null };
  if (output !== null) {
    const { size, blocks } = statSync(output.path);
    sizes = { outputBytes: size, allocatedBytes: blocks * 512 };
  }
  if (judge) await judgeAnswer(contender, inputs);
  if (output !== null) rmSync(output.path);
  return { measurement, sizes };
}

/**
 * qemu-img says whether the output shows a guest what the input does, and is well formed; a hash is compared with
 * node:crypto's of the raw disk. Throws when something is wrong.
 */
async function judgeAnswer({ output, title, printsHash, command }: Contender, inputs: BenchInputs) {
  try {
    if (output !== null) {
      const { format, checked } = output.target;
      await runTool('qemu-img', ['compare', '-f', 'raw', '-F', format, inputs.rawPath, output.path]);
      if (checked) await runTool('qemu-img', ['check', '-f', format, output.path]);
    }
    if (printsHash) {
      const options = { timeoutMs: judgeTimeoutMs, env: { ...process.env, ...command.env } };
      const printed = await runCommand(command.command, command.args, options);
      if (!printed.includes(await sha256Of(inputs.rawPath))) throw new Error('it is another hash');
    }
  } catch (error) {
    throw new Error(`what ${title} answered is not right: ${(error as Error).message}`, { cause: error });
  }
}

/** Warms the caches with every option set and keeps the one that was the fastest. */
async function fastestQemu(row: Row, inputs: BenchInputs, folder: string): Promise<Contender> {
  let fastest: { contender: Contender; wallSeconds: number } | null = null;
  for (const contender of await qemuContenders(row, inputs, folder)) {
    const { measurement } = await runOnce(contender, inputs, false);
    if (fastest === null || measurement.wallSeconds < fastest.wallSeconds) {
      fastest = { contender, wallSeconds: measurement.wallSeconds };
    }
  }
  return fastest!.contender;
}

/** Platter as it comes first, then qemu-img, then Platter in the other ways that were asked for. */
async function contendersOf(row: Row, inputs: BenchInputs, folder: string, selection: Selection) {
  const { kind } = row.work;
  const writes = kind === 'convert' || kind === 'unwrap';
  const computes = writes || kind === 'hash' || kind === 'compare';
  const workers = computes ? selection.workers : [null];
  const plain = workers.map((count) => ({ workers: count, libdeflate: true, verified: false }));
  const choices = [
    ...plain,
    ...(row.deflates && deflateCodec() === 'libdeflate'
      ? plain.map((choice) => ({ ...choice, libdeflate: false }))
      : []),
    ...(selection.verified && writes ? [{ ...plain[0]!, verified: true }] : []),
  ];
  const ours: Contender[] = [];
  for (const choice of choices) ours.push(await ourContender(row, inputs, folder, choice));
  return ours;
}

/** What Platter says when it has no such ability, as opposed to doing it wrong. */
const inability = /^platter: (image\.unsupported|input\.invalid): (.*)$/m;

function inabilityIn(error: unknown): string | null {
  if (!(error instanceof ProgramFailed)) return null;
  return inability.exec(error.complaint)?.[2] ?? null;
}

async function runRow(
  row: Row,
  inputs: BenchInputs,
  folder: string,
  selection: Selection,
): Promise<RowResult> {
  const inputBytes = statSync(await inputs.path(row.work.source)).size;
  const ours = await contendersOf(row, inputs, folder, selection);
  try {
    await runOnce(ours[0]!, inputs, true);
  } catch (error) {
    const reason = inabilityIn(error);
    if (reason === null) throw error;
    return notYetResult(row, inputBytes, reason);
  }
  const qemu = await fastestQemu(row, inputs, folder);
  const contenders = [ours[0]!, qemu, ...ours.slice(1)];
  for (const contender of contenders.slice(1)) await runOnce(contender, inputs, true);
  const runs = contenders.map(() => [] as Measurement[]);
  const sizes: Sizes[] = [];
  for (let pair = 0; pair < selection.pairs; pair++) {
    for (const [index, contender] of contenders.entries()) {
      const result = await runOnce(contender, inputs, false);
      runs[index]!.push(result.measurement);
      sizes[index] = result.sizes;
    }
  }
  const results = contenders.map(({ title, program, workers }, index) =>
    summarise({ title, program, workers, ...sizes[index]! }, runs[index]!, index === 1 ? null : runs[1]!),
  );
  return measuredResult(row, inputBytes, results);
}

async function bench(): Promise<void> {
  const selection = parseSelection(process.argv.slice(2));
  if (selection === 'help') return say(usage);
  if (selection === 'list') {
    for (const { id, group, goal } of rows) say(`${id.padEnd(26)}${group.padEnd(10)}≥ ${goal}`);
    return;
  }
  const missing = describeMissing(['qemu-img', 'mkfs.ext4', 'time', 'gzip', 'xz', 'zstd']);
  if (missing !== null) throw new Error(`the benchmark ${missing}`);

  await buildWhenStale();
  const machine = describeMachine(await runTool('qemu-img', ['--version']), deflateCodec());
  for (const line of machineLines(machine)) say(line);
  const parent = resolve(selection.folder ?? tmpdir());
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'platter-bench-'));
  const results: RowResult[] = [];
  try {
    const inputs = await BenchInputs.prepare(selection.gib, folder);
    const { capacityBytes, dataBytes } = inputs;
    say(
      `A disk of ${formatBytes(capacityBytes)} with ${formatBytes(dataBytes)} of real files; medians of ${selection.pairs}, in turn`,
    );
    say(
      `Rows of “${ourTitle({ workers: null, libdeflate: true, verified: false })}” do not read their output back`,
    );
    for (const row of selection.rows) {
      const result = await runRow(row, inputs, folder, selection);
      results.push(result);
      say();
      for (const line of rowLines(result)) say(line);
    }
    if (selection.json !== null) {
      const { gib, pairs } = selection;
      const report = { machine, gib, capacityBytes, dataBytes, pairs, rows: results };
      writeFileSync(selection.json, `${JSON.stringify(report, null, 2)}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  say();
  for (const line of tableLines(results)) say(line);
  const scaling = scalingLines(results);
  if (scaling.length > 0) say();
  for (const line of scaling) say(line);
  say();
  say(
    'qemu-img compare found each output identical with the disk, and qemu-img check found nothing in each.',
  );
}

await bench().catch((error: unknown) => {
  process.stderr.write(`bench: ${(error as Error).message}\n`);
  process.exitCode = 1;
});
