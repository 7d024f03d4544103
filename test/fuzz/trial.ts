/** One mutated image before two readers: ours in a thread of its own that can be ended, and qemu-img. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Failure, isFailure } from '#shared/failure.ts';
import { WorkerThread } from '../../electron/worker/client.ts';

/** How a trial ended; all but `different`, `hung` and `crashed` are as it should be. */
export type Verdict =
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'same' | 'only-ours' | 'too-large' }
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

  async run(format: string, extension: string, bytes: Uint8Array): Promise<Verdict> {
    const path = `${this.#folder}/trial.${extension}`;
    writeFileSync(path, bytes);
    const ours = await this.#read(path, format);
    if (typeof ours !== 'string') return ours;
    const theirs = await this.#readWithQemu(path, format);
    if (theirs === null) return { kind: 'only-ours' };
    return theirs === ours
      ? { kind: 'same' }
      : { kind: 'different', detail: `${ours} here, ${theirs} in qemu-img` };
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
      if (isFailure(failure, 'internal')) return { kind: 'crashed', detail: failure.details.problem };
      if (isFailure(failure, 'operation.interrupted'))
        return { kind: 'crashed', detail: failure.details.reason };
      return { kind: 'refused', code: failure.code };
    } finally {
      clearTimeout(timer);
      if (!thread.alive) this.#thread = null;
    }
  }

  async #readWithQemu(path: string, format: string): Promise<string | null> {
    const raw = `${path}.raw`;
    const name = qemuNames[format] ?? format;
    const converted = spawnSync('qemu-img', ['convert', '-f', name, '-O', 'raw', path, raw], {
      timeout: patienceMilliseconds,
    });
    try {
      if (converted.status !== 0 || statSync(raw).size > 2 * hashedBytes) return null;
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(raw)) hash.update(chunk as Buffer);
      return hash.digest('hex');
    } finally {
      rmSync(raw, { force: true });
    }
  }
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
    await client.map({ source });
    return { kind: 'too-large' };
  }
  return (await client.hash({ source, workers: 0 })).sha256;
}
