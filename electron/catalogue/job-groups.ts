/** Queries about jobs that belong together, and about the order of those that wait. */
import type { Message } from '#shared/in-english.ts';
import type { Catalogue } from './database.ts';
import { storedMessage } from './stored-message.ts';

/** @returns the id of the new group. */
export function insertGroup(catalogue: Catalogue, title: Message): number {
  return catalogue.get<{ id: number }>('INSERT INTO job_groups (title) VALUES (@title) RETURNING id', {
    title: storedMessage(title),
  })!.id;
}

/** The ids of a group's jobs, in the order in which they were started. */
export function idsOfGroup(catalogue: Catalogue, groupId: number): number[] {
  return catalogue
    .all<{ id: number }>('SELECT id FROM jobs WHERE group_id = @groupId ORDER BY id', { groupId })
    .map(({ id }) => id);
}

/** A group goes with the last of its jobs. */
export function dropEmptyGroup(catalogue: Catalogue, groupId: number): void {
  catalogue.run(
    'DELETE FROM job_groups WHERE id = @groupId AND NOT EXISTS (SELECT 1 FROM jobs WHERE group_id = @groupId)',
    { groupId },
  );
}

/**
 * Moves a job that waits in front of another one that waits, or to the end: all of them exchange their places.
 * @returns the ids of those that stand elsewhere now.
 */
export function moveJob(catalogue: Catalogue, id: number, beforeId: number | null): number[] {
  return catalogue.transaction(() => {
    const waiting = catalogue.all<{ id: number; place: number }>(
      `SELECT id, coalesce(place, id) AS place FROM jobs WHERE state = 'queued' ORDER BY coalesce(place, id)`,
      {},
    );
    const moved = waiting.find((job) => job.id === id);
    if (moved === undefined || id === beforeId) return [];
    const others = waiting.filter((job) => job !== moved);
    const found = others.findIndex((job) => job.id === beforeId);
    const at = found < 0 ? others.length : found;
    const ordered = [...others.slice(0, at), moved, ...others.slice(at)];
    const changed: number[] = [];
    for (const [index, job] of ordered.entries()) {
      const { place } = waiting[index]!;
      if (job.place === place) continue;
      catalogue.run('UPDATE jobs SET place = @place WHERE id = @id', { id: job.id, place });
      changed.push(job.id);
    }
    return changed;
  });
}
