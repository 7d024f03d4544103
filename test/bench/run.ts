/** The benchmark: ours and qemu-img's time and memory, in turn, on the same inputs. `npm run bench -- --help`. */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { buildWhenStale } from '../../build/stale.ts';
import { formatBytes } from '../../shared/text/units.ts';
import { runTool } from '../fixtures/appliance-disk.ts';
import { makeAppliance } from '../fixtures/appliance.ts';
import { describeMissing } from '../setup/tool-paths.ts';
import { measure, type Measurement } from './measure.ts';
import {
  describeMachine,
  machineLines,
  rowLines,
  summarise,
  type ContenderResult,
  type RowResult,
} from './report.ts';
import {
  findRow,
  ourContender,
  qemuContender,
  qemuOptionSets,
  rows,
  type Contender,
  type Inputs,
  type Row,
} from './rows.ts';

const usage = `npm run bench -- [options]
  --only ROW      one of ${rows.map(({ id }) => id).join(', ')}; may be repeated
  --size SIZE     bytes of real files on the disk, such as 64MiB or 1GiB (default 1GiB)
  --runs N        timed runs of each program, in turn (default 5)
  --folder PATH   where outputs are written (default: the system's folder for temporary files)
  --json FILE     write all figures there, too`;

/** `64MiB`, `1GiB` or a plain number of bytes. */
function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([KMG])i?B?)?$/i.exec(text);
  const factor = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }[match?.[2]?.toLowerCase() ?? ''] ?? 1;
  const bytes = Math.round(Number(match?.[1]) * factor);
  if (!(bytes >= 2 ** 20)) throw new Error(`--size is at least 1MiB, not ${text}`);
  return bytes;
}

function parseRuns(text: string): number {
  const runs = Number(text);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs is a whole number from 1 on, not ${text}`);
  return runs;
}

function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Runs a contender once; its output is judged when asked for, and removed. */
async function runOnce(contender: Contender, rawPath: string, judge: boolean) {
  rmSync(contender.outputPath, { force: true });
  const measurement = await measure(contender.command);
  const outputBytes = statSync(contender.outputPath).blocks * 512;
  if (judge) await judgeOutput(contender, rawPath);
  rmSync(contender.outputPath);
  return { measurement, outputBytes };
}

/** qemu-img says whether the output shows a guest what the input does, and is well formed. Throws when not. */
async function judgeOutput({ outputPath, title }: Contender, rawPath: string): Promise<void> {
  const format = outputPath.endsWith('.raw') ? 'raw' : 'qcow2';
  const fail = (error: unknown): never => {
    throw new Error(`what ${title} wrote is not right: ${(error as Error).message}`, { cause: error });
  };
  await runTool('qemu-img', ['compare', '-f', 'raw', '-F', format, rawPath, outputPath]).catch(fail);
  if (format === 'qcow2') await runTool('qemu-img', ['check', outputPath]).catch(fail);
}

/** Warms the caches with every option set and keeps the one that was the fastest. */
async function fastestQemu(row: Row, inputs: Inputs, folder: string): Promise<Contender> {
  let fastest: { contender: Contender; wallSeconds: number } | null = null;
  for (const [index, options] of qemuOptionSets.entries()) {
    const contender = qemuContender(row, inputs, folder, options);
    const { measurement } = await runOnce(contender, inputs.appliance.disks[0]!.rawPath, index === 0);
    if (fastest === null || measurement.wallSeconds < fastest.wallSeconds) {
      fastest = { contender, wallSeconds: measurement.wallSeconds };
    }
  }
  return fastest!.contender;
}

async function runRow(row: Row, inputs: Inputs, folder: string, runs: number): Promise<RowResult> {
  const rawPath = inputs.appliance.disks[0]!.rawPath;
  const contenders = [
    ourContender(row, inputs, folder, false),
    await fastestQemu(row, inputs, folder),
    ourContender(row, inputs, folder, true),
  ];
  const measured = contenders.map(() => [] as Measurement[]);
  const outputBytes = contenders.map(() => 0);
  for (const contender of contenders) await runOnce(contender, rawPath, true);
  for (let run = 0; run < runs; run++) {
    for (const [index, contender] of contenders.entries()) {
      const result = await runOnce(contender, rawPath, false);
      measured[index]!.push(result.measurement);
      outputBytes[index] = result.outputBytes;
    }
  }
  return {
    id: row.id,
    note: row.note ?? null,
    inputBytes: statSync(row.input(inputs)).size,
    contenders: contenders.map(({ title, program }, index): ContenderResult => ({
      title,
      program,
      outputBytes: outputBytes[index]!,
      runs: measured[index]!,
      median: summarise(measured[index]!),
    })),
  };
}

async function bench(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      size: { type: 'string', default: '1GiB' },
      runs: { type: 'string', default: '5' },
      folder: { type: 'string', default: tmpdir() },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return say(usage);
  const dataBytes = parseSize(values.size);
  const runs = parseRuns(values.runs);
  const wanted = values.only?.map(findRow) ?? rows;
  const missing = describeMissing(['qemu-img', 'mkfs.ext4', 'time']);
  if (missing !== null) throw new Error(`the benchmark ${missing}`);

  await buildWhenStale();
  const machine = describeMachine(await runTool('qemu-img', ['--version']));
  for (const line of machineLines(machine)) say(line);
  const appliance = await makeAppliance({ dataBytes });
  const disk = appliance.disks[0]!;
  say(
    `A disk of ${formatBytes(disk.capacityBytes)} with ${formatBytes(dataBytes)} of real files, ` +
      `${formatBytes(disk.vmdkBytes)} as streamOptimized VMDK; medians of ${runs}, in turn`,
  );

  mkdirSync(values.folder, { recursive: true });
  const folder = mkdtempSync(join(resolve(values.folder), 'platter-bench-'));
  const results: RowResult[] = [];
  try {
    const qcow2Path = join(folder, 'input.qcow2');
    await runTool('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', disk.rawPath, qcow2Path]);
    for (const row of wanted) {
      const result = await runRow(row, { appliance, qcow2Path }, folder, runs);
      results.push(result);
      say();
      for (const line of rowLines(result)) say(line);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  say();
  say(
    'qemu-img compare found each output identical with the disk, and qemu-img check found nothing in each qcow2.',
  );
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify({ machine, dataBytes, runs, rows: results }, null, 2)}\n`);
  }
}

await bench().catch((error: unknown) => {
  process.stderr.write(`bench: ${(error as Error).message}\n`);
  process.exitCode = 1;
});
