/** One mutated image before two readers: ours in a thread of its own that can be ended, and qemu-img. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Failure, isFailure } from '#shared/failure.ts';
import { unexplained } from './known-differences.ts';
import { unlimited } from '#shared/domain/job.ts';
import { WorkerThread } from '../../electron/worker/client.ts';
import { inWords } from '#shared/text/in-words.ts';

/** How a trial ended; all but `different`, `hung` and `crashed` are as it should be. */
export type Verdict =
  | { readonly kind: 'refused'; readonly code: string }
  /** recovered: what the specimen held before it was mutated; explained: qemu-img is known to be wrong there. */
  | { readonly kind: 'same' | 'recovered' | 'explained' | 'only-ours' | 'too-large' }
  | { readonly kind: 'different' | 'hung' | 'crashed'; readonly detail: string };

const patienceMilliseconds = 60_000;
/** Larger disks are opened and mapped; their bytes are not hashed. */
const hashedBytes = 64 << 20;

const qemuNames: Readonly<Record<string, string>> = { vhd: 'vpc' };

function entry(name: string): string {
  return fileURLToPath(new URL(`../../electron/worker/${name}.ts`, import.meta.url));
}

/** Tries files one after the other. close() ends its thread. */
export class Trials {
  readonly #folder: string;
  #thread: WorkerThread | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** `original` is the hash of the disk before it was mutated. */
  async run(format: string, extension: string, bytes: Uint8Array, original: string): Promise<Verdict> {
    const path = `${this.#folder}/trial.${extension}`;
    writeFileSync(path, bytes);
    const ours = await this.#read(path, format);
    if (typeof ours !== 'string') return ours;
    const theirs = this.#readWithQemu(path, format);
    if (theirs === null) return { kind: 'only-ours' };
    try {
      if (sha256Of(theirs) === ours) return { kind: 'same' };
      if (ours === original) return { kind: 'recovered' };
      return await this.#explain(path, format, bytes, theirs);
    } finally {
      rmSync(theirs, { force: true });
    }
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
  }

  /** The SHA-256 of the disk, or how it ended without. */
  async #read(path: string, format: string): Promise<string | Verdict> {
    this.#thread ??= new WorkerThread({ worker: entry('main'), computer: entry('computer') });
    const thread = this.#thread;
    let timer: NodeJS.Timeout | undefined;
    const hung = new Promise<Verdict>((resolve) => {
      timer = setTimeout(() => resolve({ kind: 'hung', detail: format }), patienceMilliseconds);
    });
    try {
      return await Promise.race([hung, thread.run((client) => answer(client, path, format))]);
    } catch (error) {
      const failure = Failure.from(error);
      if (isFailure(failure, 'internal'))
        return { kind: 'crashed', detail: inWords(failure.details.problem) };
      if (isFailure(failure, 'operation.interrupted'))
        return { kind: 'crashed', detail: inWords(failure.details.reason) };
      return { kind: 'refused', code: failure.code };
    } finally {
      clearTimeout(timer);
      if (!thread.alive) this.#thread = null;
    }
  }

  /** The raw disk that qemu-img makes of the file; null when it refuses. */
  #readWithQemu(path: string, format: string): string | null {
    const raw = `${path}.raw`;
    const name = qemuNames[format] ?? format;
    const converted = spawnSync('qemu-img', ['convert', '-f', name, '-O', 'raw', path, raw], {
      timeout: patienceMilliseconds,
    });
    if (converted.status === 0 && statSync(raw).size <= 2 * hashedBytes) return raw;
    rmSync(raw, { force: true });
    return null;
  }

  async #explain(path: string, format: string, bytes: Uint8Array, theirs: string): Promise<Verdict> {
    const outputPath = `${path}.ours`;
    try {
      await this.#thread!.run(
        (client) => client.convert({ source: { path, format }, outputPath, target: { format: 'raw' } }),
        { limits: { ...unlimited, workers: 0 } },
      );
      const problem = unexplained(format, bytes, readFileSync(outputPath), readFileSync(theirs));
      return problem === null ? { kind: 'explained' } : { kind: 'different', detail: problem };
    } finally {
      rmSync(outputPath, { force: true });
    }
  }
}

function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

async function answer(
  client: WorkerThread['client'],
  path: string,
  format: string,
): Promise<string | Verdict> {
  const source = { path, format };
  const info = await client.inspect({ source: { path } }).catch((error: unknown) => {
    throw error;
  });
  if ((info.virtualSizeBytes ?? 0) > hashedBytes) {
    await client.overviewOfMap({ source, cells: 256 });
    return { kind: 'too-large' };
  }
  return (await client.hash({ source })).sha256;
}
