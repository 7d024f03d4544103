/** Long work: started, watched, paused, resumed, limited, cancelled, tried again. */
import type { JobEvent } from '#shared/domain/job.ts';
import type { Broadcast } from '../jobs/broadcast.ts';
import type { JobKeeper } from '../jobs/keeper.ts';
import type { Implementer } from './implementer.ts';
import { absoluteJob } from './paths.ts';
import type { RecentFolders } from './recent-folders.ts';

export interface JobServiceParts {
  readonly jobs: JobKeeper;
  readonly jobEvents: Broadcast<JobEvent>;
  readonly recentFolders: RecentFolders;
}

export function implementJobs(os: Implementer['jobs'], { jobs, jobEvents, recentFolders }: JobServiceParts) {
  return {
    start: os.start.handler(({ input }) => {
      const work = absoluteJob(input);
      if (work.kind === 'extract') recentFolders.note(work.request.outputFolder);
      return jobs.start(work);
    }),
    startGroup: os.startGroup.handler(({ input: { title, works } }) =>
      jobs.startGroup({ title, works: works.map(absoluteJob) }),
    ),
    askGroup: os.askGroup.handler(({ input }) => jobs.askGroup(input)),
    move: os.move.handler(({ input }) => jobs.move(input)),
    list: os.list.handler(() => jobs.list()),
    watch: os.watch.handler(({ signal }) => jobEvents.watch(signal)),
    pause: os.pause.handler(({ input }) => jobs.pause(input)),
    resume: os.resume.handler(({ input }) => jobs.resume(input)),
    limit: os.limit.handler(({ input }) => jobs.limit(input)),
    notify: os.notify.handler(({ input }) => jobs.notify(input)),
    cancel: os.cancel.handler(({ input }) => jobs.cancel(input)),
    retry: os.retry.handler(({ input }) => jobs.retry(input)),
    forget: os.forget.handler(({ input }) => jobs.forget(input)),
  };
}
