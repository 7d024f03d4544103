/** Long work: started, watched, paused, resumed, limited, cancelled, tried again. */
import type { JobQueue } from '../jobs/queue.ts';
import type { Implementer } from './implementer.ts';
import { absoluteJob } from './paths.ts';
import type { RecentFolders } from './recent-folders.ts';

export interface JobServiceParts {
  readonly queue: JobQueue;
  readonly recentFolders: RecentFolders;
}

export function implementJobs(os: Implementer['jobs'], { queue, recentFolders }: JobServiceParts) {
  return {
    start: os.start.handler(({ input }) => {
      const work = absoluteJob(input);
      if (work.kind === 'extract') recentFolders.note(work.request.outputFolder);
      return queue.start(work);
    }),
    startGroup: os.startGroup.handler(({ input }) =>
      queue.startGroup(input.title, input.works.map(absoluteJob)),
    ),
    askGroup: os.askGroup.handler(({ input }) => queue.askGroup(input.id, input.what)),
    move: os.move.handler(({ input }) => queue.move(input.id, input.before)),
    list: os.list.handler(() => queue.list()),
    watch: os.watch.handler(({ signal }) => queue.events.watch(signal)),
    pause: os.pause.handler(({ input }) => queue.pause(input.id)),
    resume: os.resume.handler(({ input }) => queue.resume(input.id)),
    limit: os.limit.handler(({ input }) => queue.limit(input.id, input.limits)),
    notify: os.notify.handler(({ input }) => queue.notify(input.id, input.notify)),
    cancel: os.cancel.handler(({ input }) => queue.cancel(input.id)),
    retry: os.retry.handler(({ input }) => queue.retry(input.id)),
    forget: os.forget.handler(({ input }) => queue.forget(input.id)),
  };
}
