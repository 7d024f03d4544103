/** An upload of the command line as a job of the library: one that was cut off goes on when the same is asked again. */
import type { CloudAccess } from '#shared/domain/cloud-account.ts';
import type { CloudObject } from '#shared/domain/cloud-image.ts';
import { unlimited, type Job, type JobNote } from '#shared/domain/job.ts';
import type { UploadResult, UploadWork } from '#shared/domain/upload.ts';
import { Failure } from '#shared/failure.ts';
import { letGoOfCloudObjects, recordCloudObject } from '../catalogue/cloud-objects.ts';
import { appendToJournal, dropJournal, readJournal } from '../catalogue/job-journals.ts';
import { titleOf } from '../catalogue/job-titles.ts';
import { deleteEndedJob, endJob, insertJob, takeNextJob, takeUpJob, type JobEnd } from '../catalogue/jobs.ts';
import type { Books } from './clouds.ts';
import { runOperation } from './in-thread.ts';

/** Beside what was uploaded, how it went. */
export type NotedUpload = UploadResult & { readonly notes: readonly JobNote[] };

/**
 * Runs the upload with the job's journal, which a killed process leaves in the library: the window shows it then as interrupted.
 * What ends for good leaves no job behind. @throws Failure as the upload.
 */
export async function uploadAsJob(
  books: Books,
  json: boolean,
  work: UploadWork,
  access: CloudAccess,
): Promise<NotedUpload> {
  const { catalogue, owner } = books;
  const { id } = jobFor(books, work);
  const objects: CloudObject[] = [];
  const notes: JobNote[] = [];
  const end = (state: JobEnd['state'], failure: Failure | null): void => {
    const data = failure?.toData() ?? null;
    const job = endJob(catalogue, id, owner.id, { state, outcome: null, failure: data, endedAt: now() });
    letGoOfCloudObjects(catalogue, objects);
    if (job?.resumable !== true) deleteEndedJob(catalogue, id);
  };
  try {
    const result = await runOperation(json, (client) => client.upload({ work, access }), unlimited, {
      journal: readJournal(catalogue, id),
      listeners: {
        cloudObject(change) {
          objects.push(change.object);
          catalogue.durably(() => recordCloudObject(catalogue, change, owner.id, now()));
        },
        recorded: (record) => appendToJournal(catalogue, id, record, null),
        journalCleared: () => dropJournal(catalogue, id),
        noted: (note) => notes.push(note),
      },
    });
    end('done', null);
    return { ...result, notes };
  } catch (error) {
    const failure = Failure.from(error);
    end(failure.code === 'operation.cancelled' ? 'cancelled' : 'failed', failure);
    throw failure;
  }
}

/** The job that was cut off, or a new one; it runs from now on. */
function jobFor({ catalogue, owner }: Books, request: UploadWork): Job {
  const work = { kind: 'upload', request } as const;
  return catalogue.transaction(() => {
    const before = takeUpJob(catalogue, work, owner.id, (id) => owner.isAlive(id));
    if (before !== null) return before;
    insertJob(catalogue, {
      title: titleOf(work),
      work,
      limits: unlimited,
      owner: owner.id,
      createdAt: now(),
    });
    // In the same transaction: nobody sees it wait.
    return takeNextJob(catalogue, owner.id, now())!;
  });
}

const now = (): string => new Date().toISOString();
