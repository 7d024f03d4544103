/** Prints the benchmark's figures: the machine, then one block a row with medians and ratios. */
import { cpus, release, totalmem, type } from 'node:os';

import { formatBytes } from '../../shared/text/units.ts';
import { medianOf, type Measurement } from './measure.ts';

export interface ContenderResult {
  readonly title: string;
  readonly program: 'platter' | 'qemu-img';
  readonly outputBytes: number;
  readonly runs: readonly Measurement[];
  readonly median: Measurement;
}

export interface RowResult {
  readonly id: string;
  readonly note: string | null;
  readonly inputBytes: number;
  readonly contenders: readonly ContenderResult[];
}

export interface Machine {
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly node: string;
  readonly qemuImg: string;
}

/** The machine that this runs on; `qemuImg` is what `qemu-img --version` says. */
export function describeMachine(qemuImg: string): Machine {
  const processors = cpus();
  return {
    system: `${type()} ${release()}`,
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    node: process.version,
    qemuImg: /version (\S+)/.exec(qemuImg)?.[1] ?? qemuImg.trim(),
  };
}

export function machineLines(machine: Machine): string[] {
  const { system, processor, cores, memoryBytes, node, qemuImg } = machine;
  return [
    `${system}, ${processor}, ${cores} cores, ${formatBytes(memoryBytes)} memory`,
    `Node ${node.slice(1)}, qemu-img ${qemuImg}; the page cache is warm; qemu-img does not sync its output, Platter does`,
  ];
}

/** The contender that the ratios stand against: qemu-img's. */
function reference({ contenders }: RowResult): ContenderResult {
  const found = contenders.find(({ program }) => program === 'qemu-img');
  if (found === undefined) throw new Error('a row without qemu-img has nothing to be compared with');
  return found;
}

export function summarise(runs: readonly Measurement[]): Measurement {
  return medianOf(runs);
}

const widths = [32, 20, 9, 12, 12, 18] as const;

function columns(cells: readonly string[]): string {
  return cells
    .map((cell, index) => (index === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[index]!)))
    .join('');
}

/** One row as lines: wall time with its spread, processor time, memory, size written, and how much faster than qemu-img. */
export function rowLines(row: RowResult): string[] {
  const theirs = reference(row).median.wallSeconds;
  const head = columns([row.id, 'wall s (min–max)', 'CPU s', 'peak', 'written', 'against qemu-img']);
  const lines = row.contenders.map(({ title, runs, median, outputBytes, program }) => {
    const walls = runs.map(({ wallSeconds }) => wallSeconds);
    const spread = `${median.wallSeconds.toFixed(2)} (${Math.min(...walls).toFixed(2)}–${Math.max(...walls).toFixed(2)})`;
    return columns([
      `  ${title}`,
      spread,
      median.cpuSeconds.toFixed(2),
      formatBytes(median.peakBytes),
      formatBytes(outputBytes),
      program === 'qemu-img' ? '' : `${(theirs / median.wallSeconds).toFixed(2)} × as fast`,
    ]);
  });
  return [head, ...lines, ...(row.note === null ? [] : [`  ${row.note}`])];
}
