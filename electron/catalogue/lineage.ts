/** Queries about where an image comes from and what became of it: origins of entries, jobs, and what is in clouds. */
import { basename } from 'node:path';
import type { JobOutcome, JobRequest } from '#shared/domain/job.ts';
import type { Origin } from '#shared/domain/library.ts';
import type { Lineage, LineageStep } from '#shared/domain/lineage.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { isWholeDisk } from './contents.ts';
import type { Catalogue } from './database.ts';

interface Row {
  readonly id: number;
  readonly path: string;
  readonly origin: string | null;
  readonly addedAt: string;
  readonly missing: number;
}

const columns = 'id, path, origin, added_at AS addedAt, missing';
/** Chains of makings are short; this ends a circle that somebody made by renaming. */
const mostAncestors = 16;
const mostDescendants = 100;

/** @throws Failure `input.invalid` when there is no such entry. */
export function lineageOf(catalogue: Catalogue, id: number): Lineage {
  const row = catalogue.get<Row>(`SELECT ${columns} FROM images WHERE id = @id`, { id });
  if (row === undefined)
    throw new Failure('input.invalid', { problem: inEnglish('the library has no entry {id}', { id }) });
  const ancestors = ancestorsOf(catalogue, row);
  const descendants = [...madeFrom(catalogue, row), ...inClouds(catalogue, row.path)].sort(newestFirst);
  const known = new Set([...ancestors, ...descendants].map(({ entryId }) => entryId));
  return {
    ancestors,
    descendants: descendants.slice(0, mostDescendants),
    twins: twinsOf(catalogue, id).filter(({ entryId }) => !known.has(entryId)),
  };
}

function ancestorsOf(catalogue: Catalogue, start: Row): LineageStep[] {
  const steps: LineageStep[] = [];
  const seen = new Set([start.path]);
  for (let row: Row | undefined = start; row !== undefined && steps.length < mostAncestors;) {
    const origin = row.origin === null ? null : (JSON.parse(row.origin) as Origin);
    if (origin === null) {
      const download = downloadOf(catalogue, row.path);
      if (download !== null) steps.push(download);
      break;
    }
    const { sourcePath, kind, disk } = origin;
    if (seen.has(sourcePath)) break;
    seen.add(sourcePath);
    const source: Row | undefined = entryAt(catalogue, sourcePath);
    steps.push({
      how: kind,
      path: sourcePath,
      entryId: source?.id ?? null,
      name: basename(sourcePath),
      detail: disk,
      at: row.addedAt,
      missing: source?.missing === 1,
    });
    row = source;
  }
  return steps;
}

function entryAt(catalogue: Catalogue, path: string): Row | undefined {
  return catalogue.get<Row>(`SELECT ${columns} FROM images WHERE path = @path`, { path });
}

function madeFrom(catalogue: Catalogue, { path }: Row): LineageStep[] {
  return catalogue
    .all<Row>(
      `SELECT ${columns} FROM images WHERE origin ->> '$.sourcePath' = @path AND path <> @path
       ORDER BY added_at DESC LIMIT ${mostDescendants}`,
      { path },
    )
    .map((row) => {
      const { kind, disk } = JSON.parse(row.origin!) as Origin;
      return stepTo(row, kind, disk);
    });
}

function stepTo(
  { id, path, addedAt, missing }: Row,
  how: LineageStep['how'],
  detail: string | null,
): LineageStep {
  return { how, path, entryId: id, name: basename(path), detail, at: addedAt, missing: missing === 1 };
}

interface JobRow {
  readonly work: string;
  readonly outcome: string;
  readonly at: string;
}

/** Jobs of a kind that came to an end and name the path, the newest first. */
function jobsNaming(catalogue: Catalogue, kind: 'upload' | 'download', path: string): JobRow[] {
  return catalogue.all<JobRow>(
    `SELECT work, outcome, ended_at AS at FROM jobs
     WHERE state = 'done' AND work ->> '$.kind' = @kind AND instr(work, json_quote(@path)) > 0
     ORDER BY ended_at DESC LIMIT ${mostDescendants}`,
    { kind, path },
  );
}

/** Images that uploads of the file made in clouds, as far as the ledger has them still. */
function inClouds(catalogue: Catalogue, path: string): LineageStep[] {
  const made = new Set(
    catalogue.column<string>('SELECT account || char(10) || id FROM cloud_objects WHERE complete = 1'),
  );
  return jobsNaming(catalogue, 'upload', path).flatMap(({ work, outcome, at }): LineageStep[] => {
    const job = JSON.parse(work) as JobRequest;
    const done = JSON.parse(outcome) as JobOutcome;
    if (job.kind !== 'upload' || done.kind !== 'upload') return [];
    const { account } = job.request;
    return job.request.parts.flatMap(({ source }, index): LineageStep[] => {
      const image = done.result.images[index];
      if (source.kind === 'address' || source.reference.path !== path || image === undefined) return [];
      const missing = !made.has(`${account}\n${image.id}`);
      return [{ how: 'uploaded', path: null, entryId: null, name: image.name, detail: account, at, missing }];
    });
  });
}

/** The image in a cloud that a file is a copy of; null where no job says so. */
function downloadOf(catalogue: Catalogue, path: string): LineageStep | null {
  for (const { work, at } of jobsNaming(catalogue, 'download', path)) {
    const job = JSON.parse(work) as JobRequest;
    if (job.kind !== 'download' || job.request.outputPath !== path) continue;
    const { account, image } = job.request;
    const name = image.name ?? image.id;
    return { how: 'downloaded', path: null, entryId: null, name, detail: account, at, missing: false };
  }
  return null;
}

function twinsOf(catalogue: Catalogue, id: number): LineageStep[] {
  return catalogue
    .all<Row>(
      `SELECT ${columns} FROM images JOIN image_contents ON image_id = images.id
       WHERE root = (SELECT root FROM image_contents WHERE image_id = @id) AND images.id <> @id AND ${isWholeDisk}
       ORDER BY path LIMIT ${mostDescendants}`,
      { id },
    )
    .map((row) => ({ ...stepTo(row, 'same-content', null), at: null }));
}

function newestFirst(a: LineageStep, b: LineageStep): number {
  return (a.at ?? '') < (b.at ?? '') ? 1 : (a.at ?? '') > (b.at ?? '') ? -1 : 0;
}
