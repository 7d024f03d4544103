/** What is said of a job that ended while the user was elsewhere. */
import type { Job, JobOutcome } from '#shared/domain/job.ts';
import { fileNameOf } from '#shared/text/paths.ts';
import { formatBytes } from '#shared/text/units.ts';
import { t } from '#shared/text/words.ts';
import type { Route } from './route.ts';

export interface EndNotice {
  readonly title: string;
  /** What can be shown in the library. */
  readonly path: string | null;
}

function ready(paths: readonly string[], kind: 'disk' | 'file'): EndNotice | null {
  const [first] = paths;
  return first === undefined ? null : { title: readyWords(paths, kind), path: first };
}

/** What was made: `“disk.qcow2” is ready.`, `3 disks are ready.` */
export function readyWords(paths: readonly string[], kind: 'disk' | 'file'): string {
  const [only] = paths;
  return paths.length === 1 && only !== undefined
    ? t('“{name}” is ready.', { name: fileNameOf(only) })
    : t(
        '{kind, select, disk {{count, plural, one {# disk is} other {# disks are}}} other {{count, plural, one {# file is} other {# files are}}}} ready.',
        { kind, count: paths.length },
      );
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
        : {
            title: t('“{name}” is {status} in {account}.', {
              name: image.name,
              status: image.status,
              account: outcome.result.account,
            }),
            path: null,
          };
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
      const size = formatBytes(outcome.result.newBytes);
      const title =
        work.kind === 'resize'
          ? t('“{name}” has {size} now.', { name: fileNameOf(work.request.path), size })
          : t('The disk has {size} now.', { size });
      return { title, path: null };
    }
    case 'extract-files':
      return {
        title: t('{count, plural, one {# file} other {# files}} extracted into “{outputFolder}”.', {
          count: outcome.result.files,
          outputFolder: fileNameOf(outcome.result.outputFolder),
        }),
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
