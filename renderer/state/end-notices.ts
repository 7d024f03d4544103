/** What is said of a job that ended while the user was elsewhere. */
import type { Job, JobOutcome } from '#shared/domain/job.ts';
import { fileNameOf } from '#shared/text/paths.ts';
import { formatBytes, formatCount } from '#shared/text/units.ts';
import type { Route } from './route.ts';

export interface EndNotice {
  readonly title: string;
  /** What can be shown in the library. */
  readonly path: string | null;
}

function ready(paths: readonly string[], noun: string): EndNotice | null {
  const [first] = paths;
  if (first === undefined) return null;
  const what = paths.length === 1 ? `“${fileNameOf(first)}” is` : `${formatCount(paths.length, noun)} are`;
  return { title: `${what} ready.`, path: first };
}

/** The good news of a job; null for one whose answer is read where it was asked for. */
export function endNotice({
  work,
  outcome,
}: {
  work: Job['work'];
  outcome: JobOutcome | null;
}): EndNotice | null {
  switch (outcome?.kind) {
    case 'extract':
      return ready(
        outcome.result.files.map(({ path }) => path),
        'disk',
      );
    case 'upload': {
      const image = outcome.result.images.at(-1);
      return image === undefined
        ? null
        : { title: `“${image.name}” is ${image.status} in ${outcome.result.account}.`, path: null };
    }
    case 'convert':
    case 'create':
    case 'download':
      return ready([outcome.result.path], 'disk');
    case 'build':
      return ready(
        outcome.result.files.map(({ path }) => path),
        'file',
      );
    case 'resize': {
      const name = work.kind === 'resize' ? `“${fileNameOf(work.request.path)}”` : 'The disk';
      return { title: `${name} has ${formatBytes(outcome.result.newBytes)} now.`, path: null };
    }
    case 'extract-files':
      return {
        title: `${formatCount(outcome.result.files, 'file')} extracted into “${fileNameOf(outcome.result.outputFolder)}”.`,
        path: null,
      };
    default:
      return null;
  }
}

const tolds: ReadonlySet<Job['work']['kind']> = new Set([
  'extract',
  'convert',
  'create',
  'build',
  'resize',
  'extract-files',
  'upload',
  'download',
]);

/** Whether the job's end is worth a notice on that page: jobs have their own, and so has an extraction. */
export function isTold({ work }: Pick<Job, 'work'>, route: Route): boolean {
  if (!tolds.has(work.kind) || route.view === 'jobs') return false;
  return !(work.kind === 'extract' && route.view === 'package' && route.path === work.request.packagePath);
}
