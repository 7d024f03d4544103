/** Prints the benchmark's figures: the machine, one block a row as it is done, and a table of all of them at the end. */
import { cpus, release, totalmem, type } from 'node:os';

import { formatBytes } from '../../shared/text/units.ts';
import { median, medianOf, type Measurement } from './measure.ts';
import type { Row } from './rows.ts';

export interface ContenderResult {
  readonly title: string;
  readonly program: 'platter' | 'qemu-img';
  /** How many compute threads Platter was told to use, where that is all that it was told; else null. */
  readonly workers: number | null;
  /** How long the output is, and how much of it is on the disk; null for those that only answer. */
  readonly outputBytes: number | null;
  readonly allocatedBytes: number | null;
  readonly runs: readonly Measurement[];
  readonly median: Measurement;
  /** How many times as fast as qemu-img: the median over the pairs of runs. Null for qemu-img. */
  readonly timesAsFast: number | null;
}

export interface RowResult {
  readonly id: string;
  readonly goal: number;
  readonly sizeGoal: number | null;
  readonly peakGoalBytes: number;
  readonly note: string | null;
  readonly inputBytes: number;
  /** Why Platter cannot do it yet; then nothing was measured. */
  readonly notYet: string | null;
  readonly contenders: readonly ContenderResult[];
}

export interface Machine {
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly node: string;
  readonly qemuImg: string;
  /** What Platter inflates and deflates with here. */
  readonly deflate: string;
}

/** The machine that this runs on; `qemuImg` is what `qemu-img --version` says. */
export function describeMachine(qemuImg: string, deflate: string): Machine {
  const processors = cpus();
  return {
    system: `${type()} ${release()}`,
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    node: process.version,
    qemuImg: /version (\S+)/.exec(qemuImg)?.[1] ?? qemuImg.trim(),
    deflate,
  };
}

export function machineLines(machine: Machine): string[] {
  const { system, processor, cores, memoryBytes, node, qemuImg, deflate } = machine;
  return [
    `${system}, ${processor}, ${cores} cores, ${formatBytes(memoryBytes)} memory`,
    `Node ${node.slice(1)}, qemu-img ${qemuImg}, DEFLATE by ${deflate}; the page cache is warm; neither syncs its output: Platter is told --no-sync, as it is qemu-img's way`,
  ];
}

/** How many times as fast, from runs that were made in pairs: each pair saw the same noise. */
export function timesAsFast(ours: readonly Measurement[], theirs: readonly Measurement[]): number {
  return median(ours.map(({ wallSeconds }, pair) => theirs[pair]!.wallSeconds / wallSeconds));
}

/** The figures of one contender. `theirs` are qemu-img's runs, null for its own. */
export function summarise(
  contender: Pick<ContenderResult, 'title' | 'program' | 'workers' | 'outputBytes' | 'allocatedBytes'>,
  runs: readonly Measurement[],
  theirs: readonly Measurement[] | null,
): ContenderResult {
  const ratio = theirs === null ? null : timesAsFast(runs, theirs);
  return { ...contender, runs, median: medianOf(runs), timesAsFast: ratio };
}

/** A row that was not measured. */
export function notYetResult(row: Row, inputBytes: number, reason: string): RowResult {
  return { ...goalsOf(row), inputBytes, notYet: reason, contenders: [] };
}

export function measuredResult(
  row: Row,
  inputBytes: number,
  contenders: readonly ContenderResult[],
): RowResult {
  return { ...goalsOf(row), inputBytes, notYet: null, contenders };
}

function goalsOf({ id, goal, sizeGoal, peakGoalBytes, note }: Row) {
  return { id, goal, sizeGoal: sizeGoal ?? null, peakGoalBytes, note: note ?? null };
}

const widths = [40, 20, 9, 12, 12, 18] as const;

function columns(cells: readonly string[]): string {
  return cells
    .map((cell, index) => (index === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[index]!)))
    .join('');
}

/** One row as lines: wall time with its spread, processor time, memory, size written, and how much faster than qemu-img. */
export function rowLines(row: RowResult): string[] {
  if (row.notYet !== null) return [`${row.id}: not yet (${row.notYet})`];
  const head = columns([row.id, 'wall s (min–max)', 'CPU s', 'peak', 'written', `goal ${row.goal} ×`]);
  const lines = row.contenders.map(({ title, runs, median: middle, allocatedBytes, timesAsFast: ratio }) => {
    const walls = runs.map(({ wallSeconds }) => wallSeconds);
    const spread = `${middle.wallSeconds.toFixed(2)} (${Math.min(...walls).toFixed(2)}–${Math.max(...walls).toFixed(2)})`;
    return columns([
      `  ${title}`,
      spread,
      middle.cpuSeconds.toFixed(2),
      formatBytes(middle.peakBytes),
      allocatedBytes === null ? '' : formatBytes(allocatedBytes),
      ratio === null ? '' : `${ratio.toFixed(2)} × as fast`,
    ]);
  });
  return [head, ...lines, ...(row.note === null ? [] : [`  ${row.note}`])];
}

/** Whether what is first among a row's contenders (Platter as it comes) reaches each of its goals; null where there is none. */
export function goalsReached(row: RowResult): { speed: boolean; size: boolean | null; peak: boolean } | null {
  const [ours] = row.contenders;
  const theirs = row.contenders.find(({ program }) => program === 'qemu-img');
  if (ours === undefined || theirs === undefined) return null;
  const ratio = sizeRatio(ours, theirs);
  return {
    speed: ours.timesAsFast! >= row.goal,
    size: row.sizeGoal === null || ratio === null ? null : ratio <= row.sizeGoal,
    peak: ours.median.peakBytes <= row.peakGoalBytes,
  };
}

function sizeRatio(ours: ContenderResult, theirs: ContenderResult): number | null {
  if (ours.outputBytes === null || theirs.outputBytes === null) return null;
  return ours.outputBytes / theirs.outputBytes;
}

const tableHead = [
  'Path',
  'Platter, s',
  'qemu-img, s',
  'times as fast',
  'goal',
  'CPU s, both',
  'peak MiB, both',
  'size',
];

/** All rows as one Markdown table: each with the goal beside it, the goals that are reached marked ✓. */
export function tableLines(results: readonly RowResult[]): string[] {
  const body = results.flatMap(tableRows);
  return markdown(tableHead, body);
}

function markdown(head: readonly string[], body: readonly (readonly string[])[]): string[] {
  const all = [head, ...body];
  const columnWidths = head.map((_, index) => Math.max(...all.map((cells) => cells[index]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, index) => (index === 0 ? cell.padEnd(columnWidths[0]!) : cell.padStart(columnWidths[index]!))).join(' | ')} |`;
  const rule = columnWidths.map((width, index) =>
    index === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), line(rule), ...body.map(line)];
}

/** How much of what more threads could give they do give: at least that, as long as each has a core. */
export const scalingGoal = 0.8;

/** For each row that ran with several numbers of threads, how many times as fast as with the fewest; no lines for no such row. */
export function scalingLines(results: readonly RowResult[]): string[] {
  const rowsOf = results
    .map((row) => ({ id: row.id, steps: scalingOf(row) }))
    .filter(({ steps }) => steps.length > 1);
  const counts = [...new Set(rowsOf.flatMap(({ steps }) => steps.map(({ workers }) => workers)))].sort(
    (a, b) => a - b,
  );
  if (counts.length === 0) return [];
  const body = rowsOf.map(({ id, steps }) => [
    id,
    ...counts.map((count) => {
      const step = steps.find(({ workers }) => workers === count);
      if (step === undefined) return '';
      const { wallSeconds, timesAsFast: ratio, share } = step;
      const mark = share >= scalingGoal ? ' ✓' : '';
      return `${wallSeconds.toFixed(2)} s, ${ratio.toFixed(2)} ×, ${share.toFixed(2)} of linear${mark}`;
    }),
  ]);
  return markdown(['Threads', ...counts.map(String)], body);
}

/** Each number of threads with its time, how many times as fast as the fewest it was, and which share of linear that is. */
export function scalingOf(
  row: RowResult,
): readonly { workers: number; wallSeconds: number; timesAsFast: number; share: number }[] {
  const told = row.contenders
    .flatMap(({ workers, runs, median: middle }) => (workers === null ? [] : [{ workers, runs, middle }]))
    .sort((a, b) => a.workers - b.workers);
  const [fewest] = told;
  if (fewest === undefined) return [];
  return told.map(({ workers, runs, middle }) => {
    const ratio = timesAsFast(runs, fewest.runs);
    const share = ratio / (workers / fewest.workers);
    return { workers, wallSeconds: middle.wallSeconds, timesAsFast: ratio, share };
  });
}

function tableRows(row: RowResult): string[][] {
  const theirs = row.contenders.find(({ program }) => program === 'qemu-img');
  if (theirs === undefined) {
    return [[row.id, 'not yet', '', '', `≥ ${row.goal}`, '', '', '']];
  }
  const reached = goalsReached(row);
  return row.contenders
    .filter(({ program }) => program === 'platter')
    .map((ours, index) => {
      const mark = (good: boolean | null | undefined): string => (index === 0 && good === true ? ' ✓' : '');
      const ratio = sizeRatio(ours, theirs);
      return [
        index === 0 ? row.id : `– ${ours.title.replace(/^platter, /, '')}`,
        ours.median.wallSeconds.toFixed(2),
        index === 0 ? theirs.median.wallSeconds.toFixed(2) : '',
        `${ours.timesAsFast!.toFixed(2)}${mark(reached?.speed)}`,
        index === 0 ? `≥ ${row.goal}` : '',
        `${ours.median.cpuSeconds.toFixed(2)} / ${theirs.median.cpuSeconds.toFixed(2)}`,
        `${mebibytes(ours.median.peakBytes)} / ${mebibytes(theirs.median.peakBytes)}${mark(reached?.peak)}`,
        row.sizeGoal === null || ratio === null ? '' : `${ratio.toFixed(3)}${mark(reached?.size)}`,
      ];
    });
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
