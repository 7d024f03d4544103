/** The life of the window: what is fetched and followed from its start, and what is asked of it from outside. */
import type { AppRequest } from '#shared/domain/app.ts';
import type { Job } from '#shared/domain/job.ts';
import { Failure } from '#shared/failure.ts';
import { inWords } from '#shared/text/in-words.ts';
import { t } from '#shared/text/words.ts';
import { api, connection } from '../api.ts';
import { app } from './app.svelte.ts';
import { runCommand } from './commands.ts';
import { endNotice, isTold } from './end-notices.ts';
import { folders } from './folders.svelte.ts';
import { formats } from './formats.svelte.ts';
import { imageCache } from './image-page.svelte.ts';
import { changedPaths } from './job-images.ts';
import { groupWords } from './job-groups.ts';
import { jobNotices } from './job-notices.svelte.ts';
import { jobs } from './jobs.svelte.ts';
import { arrivals } from './arrivals.ts';
import { library } from './library.svelte.ts';
import { follow } from './live.ts';
import { navigation } from './navigation.svelte.ts';
import { notices } from './notices.svelte.ts';
import { opening } from './opening.svelte.ts';
import { upkeep } from './upkeep.svelte.ts';

const pauseMilliseconds = 1000;
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));

/** Starts everything that lives as long as the window; called once. */
export function startSession(): void {
  navigation.start();
  void jobs.follow(pause);
  void library.follow(pause);
  void folders.follow(pause);
  void upkeep.follow(pause);
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
  jobs.onEnded((job) => jobNotices.tell(job));
  jobs.onEnded((job) => {
    const paths = changedPaths(job);
    arrivals.expect(paths);
    for (const path of paths) void imageCache.changed(path);
  });
}

function answer(request: AppRequest): void {
  if (request.kind === 'open') void opening.openPaths(request.paths);
  else if (request.kind === 'job') jobNotices.show(request.id);
  else runCommand(request.id);
}

/** Tells of work that ended, where the page does not show it itself. */
function tellEnd(job: Job): void {
  if (job.group !== null) {
    const summary = jobs.group(job.group.id);
    if (summary?.state !== 'ended' || navigation.route.view === 'jobs') return;
    const tone = summary.failed > 0 ? 'neutral' : 'success';
    const action = { label: t('Show jobs'), run: () => navigation.go({ view: 'jobs' }) };
    notices.tell({ tone, title: `${inWords(job.group.title)}: ${groupWords(summary)}.`, action });
    return;
  }
  if (!isTold(job, navigation.route)) return;
  const notice = endNotice(job);
  if (notice !== null) {
    const { title, path } = notice;
    notices.tell({
      tone: 'success',
      title,
      action:
        path === null ? null : { label: t('Show in library'), run: () => void opening.showInLibrary(path) },
    });
  } else if (job.failure !== null && job.state === 'failed') notices.fail(Failure.fromData(job.failure));
}
