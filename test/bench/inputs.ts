/** What the benchmark reads: one disk of this machine's files, in every format, each made when a row first asks for it. */
import { createHash } from 'node:crypto';
import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

import { describeAppliance } from '../fixtures/appliance-descriptor.ts';
import { makeRawDisk, packDisk, runTool } from '../fixtures/appliance-disk.ts';
import { manifestText, sha256Of } from '../fixtures/appliance.ts';
import { writeTar } from '../fixtures/ustar.ts';
import { cachedFolder, testCacheFolder } from '../setup/cache-folder.ts';
import { runCommand } from '../setup/run-command.ts';
import { toolPath } from '../setup/tool-paths.ts';

/** Goes up whenever what is made changes, so that no cache answers with what was made before. */
const inputsVersion = 1;
const buildTimeoutMs = 30 * 60_000;
const gibibyte = 2 ** 30;
/** Of a disk of 4 GiB, 1.6 GiB are real files. */
const filledShare = 0.4;

export type InputName =
  | 'raw'
  | 'qcow2'
  | 'qcow2-zlib'
  | 'qcow2-zstd'
  | 'vdi'
  | 'vhd'
  | 'vhdx'
  | 'vmdk-sparse'
  | 'vmdk'
  | 'ova'
  | 'gz'
  | 'xz'
  | 'zst'
  | 'huge';

/** How qemu-img makes an input of the raw disk. */
const conversions: Partial<Record<InputName, readonly string[]>> = {
  qcow2: ['-O', 'qcow2'],
  'qcow2-zlib': ['-c', '-W', '-O', 'qcow2'],
  'qcow2-zstd': ['-c', '-W', '-O', 'qcow2', '-o', 'compression_type=zstd'],
  vdi: ['-O', 'vdi'],
  vhd: ['-O', 'vpc'],
  vhdx: ['-O', 'vhdx'],
  'vmdk-sparse': ['-O', 'vmdk'],
};

/** How a program wraps the raw disk as a whole, writing to stdout. */
const wrappings = {
  gz: ['gzip', ['-c']],
  xz: ['xz', ['-c', '-1', '-T0']],
  zst: ['zstd', ['-c', '-q', '-T0']],
} as const;

export const diskMember = 'harbour-disk1.vmdk';

export class BenchInputs {
  readonly capacityBytes: number;
  /** Bytes of real files on the disk, at least. */
  readonly dataBytes: number;
  readonly #kept: string;
  readonly #folder: string;
  readonly #made = new Map<InputName, Promise<string>>();

  private constructor(gib: number, kept: string, folder: string) {
    this.capacityBytes = capacityOf(gib);
    this.dataBytes = dataBytesOf(gib);
    this.#kept = kept;
    this.#folder = folder;
  }

  /** The disk itself is kept for the next time; everything made of it goes into `folder`. */
  static async prepare(gib: number, folder: string): Promise<BenchInputs> {
    const kept = await cachedFolder({
      folder: join(testCacheFolder(), `bench-v${inputsVersion}-${capacityOf(gib)}`),
      proof: 'disk.raw',
      timeoutMs: buildTimeoutMs,
      build: async (target) => {
        const raw = join(target, 'disk.raw');
        await makeRawDisk(raw, { dataBytes: dataBytesOf(gib) });
        truncateSync(raw, capacityOf(gib));
      },
    });
    return new BenchInputs(gib, kept, folder);
  }

  get rawPath(): string {
    return join(this.#kept, 'disk.raw');
  }

  /** The file, made now if it is not there yet. */
  path(name: InputName): Promise<string> {
    let made = this.#made.get(name);
    if (made === undefined) {
      made = this.#make(name);
      this.#made.set(name, made);
    }
    return made;
  }

  async #make(name: InputName): Promise<string> {
    if (name === 'raw') return this.rawPath;
    const path = join(this.#folder, `input.${name}`);
    const conversion = conversions[name];
    if (conversion !== undefined) {
      await runTool('qemu-img', ['convert', '-f', 'raw', ...conversion, this.rawPath, path]);
    } else if (name === 'vmdk') await packDisk(this.rawPath, path);
    else if (name === 'ova') await this.#packOva(path);
    else if (name === 'huge') await this.#makeHuge(path);
    else {
      const [tool, options] = wrappings[name as keyof typeof wrappings];
      const command = [toolPath(tool)!, ...options, this.rawPath].map(shellQuoted).join(' ');
      await runCommand('/bin/sh', ['-c', `${command} > ${shellQuoted(path)}`], { timeoutMs: buildTimeoutMs });
    }
    return path;
  }

  async #packOva(path: string): Promise<void> {
    const vmdkPath = await this.path('vmdk');
    const fileBytes = statSync(vmdkPath).size;
    const disk = { href: diskMember, fileBytes, capacityBytes: this.capacityBytes };
    const descriptor = Buffer.from(describeAppliance([disk]));
    const manifest = manifestText([
      ['harbour.ovf', createHash('sha256').update(descriptor).digest('hex')],
      [diskMember, await sha256Of(vmdkPath)],
    ]);
    writeTar(path, [
      { name: 'harbour.ovf', content: descriptor },
      { name: 'harbour.mf', content: Buffer.from(manifest) },
      { name: diskMember, content: { path: vmdkPath } },
    ]);
  }

  /** 2 TiB with 4 million clusters (where the disk has 4 GiB) that lie in holes of the file. */
  async #makeHuge(path: string): Promise<void> {
    const filledBytes = this.capacityBytes * 64;
    const options = ['-o', 'preallocation=metadata'];
    await runTool('qemu-img', ['create', '-q', '-f', 'qcow2', ...options, path, String(filledBytes)]);
    await runTool('qemu-img', ['resize', '-q', '-f', 'qcow2', path, String(2 ** 41)]);
  }
}

function capacityOf(gib: number): number {
  return Math.ceil((gib * gibibyte) / 2 ** 20) * 2 ** 20;
}

function dataBytesOf(gib: number): number {
  return Math.floor(capacityOf(gib) * filledShare);
}

/** A word that a shell takes as it is. */
export function shellQuoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
