/** Which images a job has to do with: those it changed, and the one whose structure it judged. */
import type { Job } from '#shared/domain/job.ts';

/** The files that may be others since the job ran, so that what is known of them is old. */
export function changedPaths({ work, outcome }: Job): readonly string[] {
  if (work.kind === 'resize' || work.kind === 'repair') return [work.request.path];
  switch (outcome?.kind) {
    case 'convert':
    case 'create':
    case 'download':
      return [outcome.result.path];
    case 'extract':
    case 'build':
    case 'prepare':
      return outcome.result.files.map(({ path }) => path);
    default:
      return [];
  }
}

/** The newest check or repair of an image; null when the image has been changed since. `jobs` has the newest first. */
export function structureJobOf(jobs: readonly Job[], path: string): Job | null {
  for (const job of jobs) {
    const { work } = job;
    if ((work.kind === 'check' || work.kind === 'repair') && work.request.path === path) return job;
    if (job.outcome !== null && changedPaths(job).includes(path)) return null;
  }
  return null;
}

/** Every file that a job reads, makes or changes, as far as it is known. */
export function touchedPaths(job: Job): readonly string[] {
  return [...sourcePaths(job.work), ...changedPaths(job)];
}

function sourcePaths(work: Job['work']): readonly string[] {
  switch (work.kind) {
    case 'extract':
    case 'verify-package':
      return [work.request.packagePath];
    case 'convert':
    case 'extract-files':
      return [work.request.source.path];
    case 'create':
    case 'download':
      return [work.request.outputPath];
    case 'upload':
      return work.request.parts.flatMap(({ source }) =>
        source.kind === 'address' ? [] : [source.reference.path],
      );
    case 'compare':
      return [work.request.first, work.request.second];
    case 'prepare':
      return [work.request.sourcePath];
    case 'build':
      return work.request.inputs.map(({ path }) => path);
    default:
      return [work.request.path];
  }
}
