/** Who competes in a row: the command lines of Platter and of qemu-img, and how their answers are judged. */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

import { cliBundle } from '../../build/paths.ts';
import { toolPath } from '../setup/tool-paths.ts';
import { diskMember, shellQuoted, type BenchInputs, type InputName } from './inputs.ts';
import type { Program } from './measure.ts';
import { targets, type Row, type Target, type TargetName } from './rows.ts';

/** A way to do a row: whose program, with which options, and where its output goes. */
export interface Contender {
  readonly title: string;
  readonly program: 'platter' | 'qemu-img';
  readonly command: Program;
  /** What it writes, and as what; null for those that only answer. */
  readonly output: { readonly path: string; readonly target: Target } | null;
  /** Its SHA-256 of the disk is among what it prints. */
  readonly printsHash: boolean;
  /** How many compute threads it was told to use, where that is all that it was told; else null. */
  readonly workers: number | null;
}

export interface OurChoice {
  readonly workers: number | null;
  readonly libdeflate: boolean;
  readonly verified: boolean;
}

/** What qemu-img calls the formats of the inputs. */
const qemuFormats: Partial<Record<InputName, string>> = {
  raw: 'raw',
  vdi: 'vdi',
  vhd: 'vpc',
  vhdx: 'vhdx',
  'vmdk-sparse': 'vmdk',
  vmdk: 'vmdk',
};

function qemuFormat(name: InputName): string {
  return qemuFormats[name] ?? 'qcow2';
}

/** Platter's command line as it is built, on the Node that runs this. */
export async function ourContender(
  { work }: Row,
  inputs: BenchInputs,
  folder: string,
  choice: OurChoice,
): Promise<Contender> {
  const path = await inputs.path(work.source);
  const source = work.source === 'ova' ? `${path}:${diskMember}` : path;
  const writes = work.kind === 'convert' || work.kind === 'unwrap';
  const target = writes ? targets[work.target] : null;
  const outputPath = join(folder, `ours.${target?.format ?? 'none'}`);
  const args = await (async (): Promise<readonly string[]> => {
    if (work.kind === 'compare') return ['compare', source, await inputs.path(work.second)];
    if (target === null) return [work.kind, source, ...(work.kind === 'map' ? ['--json'] : [])];
    return [
      'convert',
      source,
      outputPath,
      '--to',
      ...target.ours,
      '--no-sync',
      ...(choice.verified ? [] : ['--no-verify']),
    ];
  })();
  const threads = choice.workers === null ? [] : ['--workers', String(choice.workers)];
  return {
    title: ourTitle(choice),
    program: 'platter',
    command: {
      command: process.execPath,
      args: [cliBundle, ...args, ...threads],
      env: choice.libdeflate ? {} : { PLATTER_LIBDEFLATE: 'off' },
    },
    output: target === null ? null : { path: outputPath, target },
    printsHash: work.kind === 'hash',
    workers: choice.libdeflate && !choice.verified ? choice.workers : null,
  };
}

export function ourTitle({ workers, libdeflate, verified }: OurChoice): string {
  return [
    'platter',
    ...(verified ? ['verified'] : []),
    ...(workers === null ? [] : [`--workers ${workers}`]),
    ...(libdeflate ? [] : ['without libdeflate']),
  ].join(', ');
}

/** qemu-img with each of the option sets that may be its fastest for this row. */
export async function qemuContenders(
  { work }: Row,
  inputs: BenchInputs,
  folder: string,
): Promise<readonly Contender[]> {
  const qemuImg = toolPath('qemu-img')!;
  const path = await inputs.path(work.source);
  const answer = (title: string, command: Program): Contender => ({
    title,
    program: 'qemu-img',
    command,
    output: null,
    printsHash: work.kind === 'hash',
    workers: null,
  });
  switch (work.kind) {
    case 'convert':
      return sets(work.target).map((options) => {
        const output = outputOf(folder, work.target);
        const args = ['convert', ...options, ...named(work.source, path), '-O', ...output.target.theirs];
        return {
          ...answer(['qemu-img convert', ...options].join(' '), {
            command: qemuImg,
            args: [...args, output.path],
          }),
          output,
        };
      });
    case 'unwrap':
      return sets(work.target).map((options) => {
        const output = outputOf(folder, work.target);
        const between = join(folder, 'unwrapped');
        const convert = [qemuImg, 'convert', ...options, '-f', 'raw', '-O', ...output.target.theirs];
        const script = [
          `${[...decompressors[work.source], path].map(shellQuoted).join(' ')} > ${shellQuoted(between)}`,
          [...convert, between, output.path].map(shellQuoted).join(' '),
          `rm ${shellQuoted(between)}`,
        ].join(' && ');
        const title = [`${decompressors[work.source].join(' ')}, qemu-img convert`, ...options].join(' ');
        return { ...answer(title, { command: '/bin/sh', args: ['-c', script] }), output };
      });
    case 'hash':
      return sets('raw').map((options) => {
        const between = join(folder, 'hashed');
        const convert = [qemuImg, 'convert', ...options, ...named(work.source, path), '-O', 'raw', between];
        const script = `${convert.map(shellQuoted).join(' ')} && sha256sum ${shellQuoted(between)} && rm ${shellQuoted(between)}`;
        const title = ['qemu-img convert', ...options, 'and sha256sum'].join(' ');
        return answer(title, { command: '/bin/sh', args: ['-c', script] });
      });
    case 'compare': {
      const formats = ['-f', qemuFormat(work.source), '-F', qemuFormat(work.second)];
      const args = ['compare', ...formats, path, await inputs.path(work.second)];
      return [answer('qemu-img compare', { command: qemuImg, args })];
    }
    default: {
      const json = work.kind === 'map' ? ['--output=json'] : [];
      const args = [work.kind, '-f', 'qcow2', ...json, path];
      return [answer(`qemu-img ${work.kind}`, { command: qemuImg, args })];
    }
  }
}

const decompressors = { gz: ['zcat'], xz: ['xzcat', '-T0'], zst: ['zstdcat'] } as const;

function sets(target: TargetName): readonly (readonly string[])[] {
  return targets[target].optionSets;
}

function outputOf(folder: string, name: TargetName): { path: string; target: Target } {
  const target = targets[name];
  return { path: join(folder, `theirs.${target.format}`), target };
}

/** How qemu-img is told about an input. */
function named(source: InputName, path: string): readonly string[] {
  return source === 'ova' ? [memberAsJson(path, diskMember)] : ['-f', qemuFormat(source), path];
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
