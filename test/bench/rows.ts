/** The rows of the benchmark: which conversion, and the command lines that do it with Platter and with qemu-img. */
import { openSync, readSync, closeSync } from 'node:fs';
import { join } from 'node:path';

import type { Appliance } from '../fixtures/appliance.ts';
import { cliBundle } from '../../build/paths.ts';
import { toolPath } from '../setup/tool-paths.ts';
import type { Program } from './measure.ts';

export interface Inputs {
  readonly appliance: Appliance;
  /** The same disk as an uncompressed qcow2, written by qemu-img. */
  readonly qcow2Path: string;
}

export interface Row {
  readonly id: string;
  readonly target: 'qcow2' | 'raw';
  /** The file that both read. */
  input(inputs: Inputs): string;
  /** How Platter is told about the input. */
  ours(inputs: Inputs): string;
  /** How qemu-img is told about it: its format and name. */
  theirs(inputs: Inputs): readonly string[];
  /** How qemu-img gets at the input, where that is not plain. */
  readonly note?: string;
}

const firstDisk = ({ appliance }: Inputs) => appliance.disks[0]!;

export const rows: readonly Row[] = [
  {
    id: 'ova→qcow2',
    target: 'qcow2',
    input: ({ appliance }) => appliance.path,
    ours: (inputs) => `${inputs.appliance.path}:${firstDisk(inputs).file}`,
    theirs: (inputs) => [memberAsJson(inputs.appliance.path, firstDisk(inputs).file)],
    note: 'qemu-img reads the VMDK inside the tar, through a json: name with its offset and size',
  },
  {
    id: 'vmdk→qcow2',
    target: 'qcow2',
    input: (inputs) => firstDisk(inputs).vmdkPath,
    ours: (inputs) => firstDisk(inputs).vmdkPath,
    theirs: (inputs) => ['-f', 'vmdk', firstDisk(inputs).vmdkPath],
    note: 'a streamOptimized VMDK',
  },
  {
    id: 'raw→qcow2',
    target: 'qcow2',
    input: (inputs) => firstDisk(inputs).rawPath,
    ours: (inputs) => firstDisk(inputs).rawPath,
    theirs: (inputs) => ['-f', 'raw', firstDisk(inputs).rawPath],
  },
  {
    id: 'qcow2→raw',
    target: 'raw',
    input: ({ qcow2Path }) => qcow2Path,
    ours: ({ qcow2Path }) => qcow2Path,
    theirs: ({ qcow2Path }) => ['-f', 'qcow2', qcow2Path],
  },
];

/** The row that a person means: `ova→qcow2`, or `ova-qcow2` where arrows are hard to type. */
export function findRow(name: string): Row {
  const row = rows.find(({ id }) => id === name || id.replace('→', '-') === name.replace('->', '-'));
  if (row === undefined) throw new Error(`no row ${name}; there are ${rows.map(({ id }) => id).join(', ')}`);
  return row;
}

/** qemu-img's name for a member of a tar: where it starts and how long it is, so that nothing needs unpacking. */
function memberAsJson(path: string, name: string): string {
  const { fileOffset, lengthBytes } = findMember(path, name);
  const file = { driver: 'file', filename: path };
  return `json:${JSON.stringify({ driver: 'vmdk', file: { driver: 'raw', offset: fileOffset, size: lengthBytes, file } })}`;
}

/** Where a member's content lies in a ustar archive. */
export function findMember(path: string, name: string): { fileOffset: number; lengthBytes: number } {
  const archive = openSync(path, 'r');
  const header = Buffer.alloc(512);
  try {
    for (let at = 0; readSync(archive, header, 0, 512, at) === 512 && header[0] !== 0;) {
      const lengthBytes = Number.parseInt(header.toString('latin1', 124, 135), 8);
      if (header.toString('utf8', 0, 100).replace(/\0.*$/s, '') === name)
        return { fileOffset: at + 512, lengthBytes };
      at += 512 + Math.ceil(lengthBytes / 512) * 512;
    }
  } finally {
    closeSync(archive);
  }
  throw new Error(`${path} holds no ${name}`);
}

/** The option sets among which qemu-img's fastest is chosen for each row. */
export const qemuOptionSets: readonly (readonly string[])[] = [[], ['-W', '-m', '16'], ['-m', '16']];

/** A way to do a row: whose program, with which options, and where its output goes. */
export interface Contender {
  readonly title: string;
  readonly program: 'platter' | 'qemu-img';
  readonly outputPath: string;
  readonly command: Program;
}

/** Platter's command line as it is built, on the Node that runs this. */
export function ourContender(row: Row, inputs: Inputs, folder: string, verify: boolean): Contender {
  const outputPath = join(folder, `${verify ? 'verified' : 'ours'}.${row.target}`);
  const args = [
    'convert',
    row.ours(inputs),
    outputPath,
    '--to',
    row.target,
    ...(verify ? [] : ['--no-verify']),
  ];
  return {
    title: verify ? 'platter, output verified' : 'platter --no-verify',
    program: 'platter',
    outputPath,
    command: { command: process.execPath, args: [cliBundle, ...args] },
  };
}

export function qemuContender(
  row: Row,
  inputs: Inputs,
  folder: string,
  options: readonly string[],
): Contender {
  const outputPath = join(folder, `theirs${options.join('')}.${row.target}`);
  const args = ['convert', ...options, '-O', row.target, ...row.theirs(inputs), outputPath];
  return {
    title: ['qemu-img convert', ...options].join(' '),
    program: 'qemu-img',
    outputPath,
    command: { command: toolPath('qemu-img')!, args },
  };
}
