/** A Platter whose library is scanned, edited and worked with without end, as a window would do it; to be killed at any moment. */
// It tells its parent what it is about to do, and what it was told to be done: from then on that must not be lost.
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import { RPCHandler } from '@orpc/server/message-port';
import type { Contract } from '#shared/contract/app.ts';
import type { LibraryEntry } from '#shared/domain/library.ts';
import { compose } from '../../electron/services/compose.ts';
import { jobsBundle, libraryBundle, threadBundles, upkeepBundle } from '../setup/thread-bundles.ts';

/** What one entry has of a person: what edits change. */
export interface Said {
  readonly rating: number | null;
  readonly note: string | null;
  readonly tags: readonly string[];
}

export type VictimMessage =
  /** Entries that a window was shown. */
  | { readonly kind: 'shown'; readonly ids: readonly number[] }
  /** The entry will have either what it had or this; then it has this. */
  | { readonly kind: 'edits' | 'edited'; readonly id: number; readonly said: Said }
  | { readonly kind: 'started'; readonly job: number }
  | { readonly kind: 'done'; readonly job: number; readonly output: string }
  /** What it wrote for who looks into a problem. */
  | { readonly kind: 'log'; readonly line: string };

const [home, images, outputs, source, seed] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
const tell = (message: VictimMessage): void => void process.send!(message);

let state = Number(seed);
const random = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
const oneOf = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;

const { router } = compose({
  home,
  workerEntries: threadBundles,
  libraryEntry: libraryBundle,
  jobsEntry: jobsBundle,
  upkeepEntry: upkeepBundle,
  host: { host: 'web', version: '0' },
  cores: 1,
  // A machine that is busy is slow.
  log: (line) => line.startsWith('slow query') || tell({ kind: 'log', line }),
});
const { port1, port2 } = new MessageChannel();
new RPCHandler(router).upgrade(port1);
const client: ContractRouterClient<Contract> = createORPCClient(new RPCLink({ port: port2 }));

const byAdded = { text: '', scope: '', sort: { key: 'added', direction: 'ascending' } } as const;
const saidOf = ({ rating, note, tags }: LibraryEntry): Said => ({
  rating,
  note,
  tags: tags.map(({ name }) => name).sort(),
});

async function lookAtLibrary(): Promise<readonly LibraryEntry[]> {
  const { entries } = await client.library.query({ ...byAdded, offset: 0, limit: 500 });
  if (entries.length > 0) tell({ kind: 'shown', ids: entries.map(({ id }) => id) });
  return entries;
}

/** Changes one entry, and now and then takes that back again. */
async function edit(entry: LibraryEntry): Promise<void> {
  const { id } = entry;
  const before = saidOf(entry);
  const change = oneOf([
    { rating: 1 + Math.floor(random() * 5) },
    { note: `note ${Math.floor(random() * 1000)}` },
    { addTags: [oneOf(['harbour', 'pier', 'buoy'])] },
  ]);
  const { addTags = [], ...rest } = change as Partial<Pick<Said, 'rating' | 'note'>> & { addTags?: string[] };
  const after = { ...before, ...rest, tags: [...new Set([...before.tags, ...addTags])].sort() };
  tell({ kind: 'edits', id, said: after });
  await client.library.annotate({ ids: [id], ...change });
  tell({ kind: 'edited', id, said: after });
  // What changes nothing is no step to take back.
  if (random() < 0.7 || JSON.stringify(after) === JSON.stringify(before)) return;
  tell({ kind: 'edits', id, said: before });
  await client.library.undo({ direction: 'undo' });
  tell({ kind: 'edited', id, said: before });
}

/** Goes on with what an earlier one has left, else converts the source once more; and waits until that is done. */
async function work(): Promise<void> {
  const left = (await client.jobs.list()).find(({ resumable }) => resumable);
  let id: number;
  if (left !== undefined) {
    id = left.id;
    await client.jobs.resume({ id });
  } else {
    const outputPath = join(outputs, `${Date.now()}-${Math.floor(random() * 1e6)}.qcow2`);
    const request = { source: { path: source, format: 'raw' }, outputPath, target: { format: 'qcow2' } };
    ({ id } = await client.jobs.start({ kind: 'convert', request }));
  }
  tell({ kind: 'started', job: id });
  for (;;) {
    const job = (await client.jobs.list()).find((one) => one.id === id);
    if (job?.state === 'done' && job.work.kind === 'convert')
      tell({ kind: 'done', job: id, output: job.work.request.outputPath });
    if (job === undefined || job.endedAt !== null) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function workWithoutEnd(): Promise<never> {
  for (;;) await work();
}

const folders = await client.folders.list();
if (folders.length === 0) await client.folders.add({ path: images });
// Jobs have a thread of their own, which begins later than the library's: else most would die before the first job.
await client.jobs.list();
void workWithoutEnd();
for (;;) {
  const entries = await lookAtLibrary();
  const here = entries.filter(({ path, missing }) => path.startsWith(images) && !missing);
  if (here.length > 0) await edit(oneOf(here));
  else await new Promise((resolve) => setTimeout(resolve, 20));
}
