/** The life of the window: what is fetched and followed from its start, and what is asked of it from outside. */
import type { AppRequest } from '#shared/domain/app.ts';
import type { Job } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';
import { fileNameOf } from '#shared/text/paths.ts';
import { formatCount } from '#shared/text/units.ts';
import { api, connection } from '../api.ts';
import { app } from './app.svelte.ts';
import { formats } from './formats.svelte.ts';
import { jobs } from './jobs.svelte.ts';
import { library } from './library.svelte.ts';
import { follow } from './live.ts';
import { navigation } from './navigation.svelte.ts';
import { notices } from './notices.svelte.ts';
import { opening } from './opening.svelte.ts';

const pauseMilliseconds = 1000;
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));

/** Starts everything that lives as long as the window; called once. */
export function startSession(): void {
  navigation.start();
  void jobs.follow(pause);
  void library.follow(pause);
  void follow<AppRequest>({
    opened: () => connection.opened(),
    subscribe: () => api.application.requests(),
    refetch: async () => {
      await Promise.all([app.load(), formats.load()]);
      navigation.reloadFailed();
    },
    apply: answer,
    failed: (failure) => {
      if (connection.state.kind === 'open') notices.fail(failure);
    },
    pause,
  });
  jobs.onEnded(tellEnd);
}

function answer(request: AppRequest): void {
  if (request.kind === 'open') void opening.openPaths(request.paths);
  else if (request.kind === 'choose-files') void opening.chooseAndOpen();
  else navigation.go({ view: request.view });
}

/** Tells of an extraction that ended while the user was elsewhere; its own page and the jobs page show it themselves. */
function tellEnd(job: Job): void {
  if (job.work.kind !== 'extract') return;
  const packagePath = job.work.request.packagePath;
  const { route } = navigation;
  if (route.view === 'jobs' || (route.view === 'package' && route.path === packagePath)) return;
  if (job.outcome?.kind === 'extract') {
    const files = job.outcome.result.files;
    const first = files[0];
    const what =
      files.length === 1 && first
        ? `“${fileNameOf(first.path)}” is`
        : `${formatCount(files.length, 'disk')} are`;
    notices.tell({
      tone: 'success',
      title: `${what} ready.`,
      action: first ? { label: 'Show in library', run: () => void opening.showInLibrary(first.path) } : null,
    });
  } else if (job.failure !== null && job.state === 'failed') notices.fail(Failure.fromData(job.failure));
}
