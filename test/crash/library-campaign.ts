/** Kills a Platter at random moments of scans, edits and jobs, and holds what is left against what it had told to be done. */
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { convert } from '#engine/operations/convert.ts';
import { createImage } from '#engine/operations/create.ts';
import { openCatalogue, type Catalogue } from '../../electron/catalogue/database.ts';
import { listImages } from '../../electron/catalogue/images.ts';
import { problemsIn } from '../../electron/catalogue/integrity.ts';
import { listJobs } from '../../electron/catalogue/jobs.ts';
import { libraryLocation } from '../../electron/catalogue/location.ts';
import { noise, prose, writeRawDisk } from '../electron/engine/pattern.ts';
import { quietControl } from '../electron/engine/quiet-control.ts';
import type { Said, VictimMessage } from './library-victim.ts';

export interface LibraryCrashOptions {
  readonly kills: number;
  readonly folder: string;
  /** Numbers between 0 and 1. */
  readonly random: () => number;
}

export interface LibraryCrashReport {
  readonly kills: number;
  /** What was told to be done. */
  readonly edits: number;
  readonly jobs: number;
  readonly entries: number;
  readonly problems: readonly string[];
}

const victim = fileURLToPath(new URL('./library-victim.ts', import.meta.url));
const imageCount = 60;
/** A victim lives for so many of its words at most: however fast the machine is, they die at all stages. */
const mostWords = 240;
/** What a victim gets that dies before its first word, while it settles what the one before has left. */
const earlyMilliseconds = 1500;
/** One that says nothing for so long is a problem of its own. */
const silentMilliseconds = 60_000;
const sourceBytes = 24 * 2 ** 20;

/** What was acknowledged, over all victims. */
class Acknowledged {
  readonly shown = new Set<number>();
  readonly said = new Map<number, Said>();
  readonly jobs = new Set<number>();
  readonly outputs = new Map<number, string>();
  readonly logged: string[] = [];
  /** What the victim was about to do when it was killed. */
  pending: { readonly id: number; readonly said: Said } | null = null;
  edits = 0;

  take(message: VictimMessage): void {
    switch (message.kind) {
      case 'shown':
        for (const id of message.ids) this.shown.add(id);
        return;
      case 'edits':
        this.pending = message;
        return;
      case 'edited':
        this.pending = null;
        this.said.set(message.id, message.said);
        this.edits++;
        return;
      case 'started':
        this.jobs.add(message.job);
        return;
      case 'done':
        this.outputs.set(message.job, message.output);
        return;
      case 'log':
        this.logged.push(message.line);
    }
  }
}

const digestOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const nothing: Said = { rating: null, note: null, tags: [] };

/** Runs until so many kills have happened. What went wrong is told, with the folder left as it was. */
export async function crashLibrary({
  kills,
  folder,
  random,
}: LibraryCrashOptions): Promise<LibraryCrashReport> {
  const places = ['home', 'images/deep', 'outputs', 'reference'].map((name) => join(folder, name));
  for (const place of places) mkdirSync(place, { recursive: true });
  const [home, images, outputs] = [places[0]!, join(folder, 'images'), places[2]!];
  const source = writeRawDisk(join(folder, 'source.raw'), sourceBytes, [
    { at: 0, bytes: prose(sourceBytes / 4, 1) },
    { at: sourceBytes / 2, bytes: noise(sourceBytes / 3, 2) },
  ]);
  const reference = join(folder, 'reference', 'whole.qcow2');
  const target = { format: 'qcow2' };
  convert({ source: { path: source, format: 'raw' }, outputPath: reference, target }, quietControl());
  const expected = digestOf(reference);
  const files = new Files(images, random);
  const acknowledged = new Acknowledged();
  const problems: string[] = [];
  const location = libraryLocation(home);
  let entries = 0;
  let kill = 0;
  for (; kill < kills && problems.length === 0; kill++) {
    const seed = 1 + Math.floor(random() * 2_000_000_000);
    await live([home, images, outputs, source, String(seed)], acknowledged, files, random);
    // The very first may die before it has made its library: then it has told of nothing.
    if (kill === 0 && !existsSync(location.databasePath)) continue;
    problems.push(...problemsIn(location.databasePath));
    const catalogue = openCatalogue(location.databasePath);
    problems.push(
      ...problemsOf(catalogue, acknowledged),
      ...halfDone(catalogue, outputs, (path) => digestOf(path) === expected),
    );
    entries = listImages(catalogue).length;
    catalogue.close();
    // Files that all have the same bytes: those that are proved make room.
    for (const [job, path] of acknowledged.outputs)
      if (problems.length === 0 && job % 2 === 0) rmSync(path, { force: true });
  }
  if (problems.length === 0) rmSync(folder, { recursive: true });
  return { kills: kill, edits: acknowledged.edits, jobs: acknowledged.outputs.size, entries, problems };
}

/** One victim, from its start to its death. */
async function live(
  place: readonly string[],
  acknowledged: Acknowledged,
  files: Files,
  random: () => number,
): Promise<void> {
  const child = fork(victim, place, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, PLATTER_CHECKPOINT_MILLISECONDS: '60' },
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const heard = { words: 0, at: Date.now(), isOver: false };
  child.on('message', (message) => {
    heard.words += 1;
    heard.at = Date.now();
    acknowledged.take(message as VictimMessage);
  });
  void ended.then(() => (heard.isOver = true));
  // Some die while they start.
  const early = random() < 0.2;
  const enough = 1 + Math.floor(random() * mostWords);
  const earlyEnd = Date.now() + random() * earlyMilliseconds;
  const isTime = (): boolean =>
    early ? Date.now() >= earlyEnd : heard.words >= enough || Date.now() - heard.at >= silentMilliseconds;
  while (!isTime() && !heard.isOver) {
    files.change();
    await delay(random() * 60);
  }
  if (heard.isOver) throw new Error('the victim ended by itself');
  if (!early && heard.words < enough)
    throw new Error(`the victim says nothing: ${acknowledged.logged.join('; ')}`);
  await delay(random() * 20);
  child.kill('SIGKILL');
  await ended;
}

/** The images that the library watches: they come, move and go while it looks. */
class Files {
  readonly #folder: string;
  readonly #random: () => number;
  readonly #first: string;
  #count = 0;

  constructor(folder: string, random: () => number) {
    this.#folder = folder;
    this.#random = random;
    this.#first = join(folder, 'first.qcow2');
    const request = { outputPath: this.#first, target: { format: 'qcow2' }, capacityBytes: 1 << 20 };
    createImage(request, quietControl());
    for (let index = 0; index < imageCount; index++) this.#add();
  }

  change(): void {
    const names = readdirSync(this.#folder).filter((name) => name.startsWith('disk-'));
    const name = names[Math.floor(this.#random() * names.length)];
    const way = this.#random();
    if (name === undefined || way < 0.4) this.#add();
    else if (way < 0.8) renameSync(join(this.#folder, name), join(this.#folder, 'deep', name));
    else rmSync(join(this.#folder, name));
  }

  #add(): void {
    const path = join(this.#folder, `disk-${++this.#count}.qcow2`);
    copyFileSync(this.#first, path);
    utimesSync(path, 1_700_000_000, 1_700_000_000 + this.#count);
  }
}

/** What was told to be done and is not there. */
function problemsOf(catalogue: Catalogue, acknowledged: Acknowledged): string[] {
  const problems = acknowledged.logged.splice(0);
  const images = new Map(listImages(catalogue).map((image) => [image.id, image]));
  for (const id of acknowledged.shown)
    if (!images.has(id)) problems.push(`entry ${id} was shown, and is lost`);
  const { pending } = acknowledged;
  for (const id of new Set([...acknowledged.said.keys(), ...(pending === null ? [] : [pending.id])])) {
    const entry = images.get(id);
    if (entry === undefined) continue;
    const { rating, note } = entry;
    const found: Said = { rating, note, tags: entry.tags.map(({ name }) => name).sort() };
    const may = [acknowledged.said.get(id) ?? nothing, ...(pending?.id === id ? [pending.said] : [])];
    if (!may.some((said) => JSON.stringify(said) === JSON.stringify(found)))
      problems.push(`entry ${id} has ${JSON.stringify(found)}, and was told to have ${JSON.stringify(may)}`);
    acknowledged.said.set(id, found);
  }
  acknowledged.pending = null;
  const jobs = new Map(listJobs(catalogue).map((job) => [job.id, job]));
  for (const id of acknowledged.jobs) if (!jobs.has(id)) problems.push(`job ${id} was started, and is lost`);
  for (const id of acknowledged.outputs.keys())
    if (jobs.get(id)?.state !== 'done') problems.push(`job ${id} was done, and is ${jobs.get(id)?.state}`);
  return problems;
}

/** What is shown as done, or has its final name, and is not whole. */
function halfDone(catalogue: Catalogue, outputs: string, isWhole: (path: string) => boolean): string[] {
  const problems: string[] = [];
  const named = readdirSync(outputs).filter((name) => !name.startsWith('.'));
  for (const name of named) if (!isWhole(join(outputs, name))) problems.push(`${name} is not whole`);
  const known = new Map(listImages(catalogue).map((image) => [image.path, image]));
  for (const { id, state, work } of listJobs(catalogue)) {
    if (work.kind !== 'convert') continue;
    const { outputPath } = work.request;
    if (state === 'done' && known.get(outputPath)?.origin?.kind !== 'converted')
      problems.push(`job ${id} is done, and its image is not in the library`);
    if (state !== 'done' && known.has(outputPath))
      problems.push(`job ${id} is ${state}, and its image is in the library`);
  }
  const orphans = catalogue.column<string>(
    `SELECT name FROM seen_files WHERE NOT EXISTS (SELECT 1 FROM images WHERE images.path = folder || '/' || name)`,
  );
  for (const name of orphans) problems.push(`${name} was seen, and has no entry`);
  return problems;
}
