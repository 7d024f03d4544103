/** The whole contract, implemented: what every transport to a window serves. */
import type { JobEvent } from '#shared/domain/job.ts';
import type { LibraryEvent } from '#shared/domain/library.ts';
import type { Catalogue, Log } from '../catalogue/database.ts';
import type { Broadcast } from '../jobs/broadcast.ts';
import type { JobKeeper } from '../jobs/keeper.ts';
import type { ThreadPool } from '../jobs/pool.ts';
import type { LibraryKeeper } from '../library/keeper.ts';
import type { AccountBook } from './account-book.ts';
import { implementAccounts } from './accounts.ts';
import { implementApplication } from './application.ts';
import type { CloudImageBook } from './cloud-image-book.ts';
import { implementCloudImages } from './cloud-images.ts';
import { implementClouds } from './clouds.ts';
import { implementContents } from './contents.ts';
import { implementFiles } from './files.ts';
import { implementFolders } from './folders.ts';
import type { HostAbilities } from './host.ts';
import { implementImages } from './images.ts';
import { createImplementer } from './implementer.ts';
import type { FirstList } from './first-list.ts';
import type { Inbox } from './inbox.ts';
import { implementJobs } from './jobs.ts';
import { implementLibrary } from './library.ts';
import { implementPreparation } from './preparation.ts';
import type { RecentFolders } from './recent-folders.ts';
import { implementSettings } from './settings.ts';
import { implementUpkeep } from './upkeep.ts';
import type { UpkeepKeeper } from './upkeep-keeper.ts';

export interface RouterParts {
  readonly catalogue: Catalogue;
  readonly library: LibraryKeeper;
  readonly pool: ThreadPool;
  readonly jobs: JobKeeper;
  readonly jobEvents: Broadcast<JobEvent>;
  readonly events: Broadcast<LibraryEvent>;
  readonly folderEvents: Broadcast<'changed'>;
  readonly contentEvents: Broadcast<'changed'>;
  readonly keeper: UpkeepKeeper;
  readonly upkeepEvents: Broadcast<'changed'>;
  readonly inbox: Inbox;
  readonly recentFolders: RecentFolders;
  readonly host: HostAbilities;
  /** Loaded when they are first asked for: nobody waits for them when the window opens. */
  readonly accounts: () => Promise<AccountBook>;
  readonly cloudImages: () => Promise<CloudImageBook>;
  readonly libraryPath: string;
  readonly firstList: FirstList;
  readonly log: Log;
}

export function createRouter(parts: RouterParts) {
  const os = createImplementer(parts.log);
  return os.router({
    accounts: implementAccounts(os.accounts, parts),
    application: implementApplication(os.application, parts),
    cloudImages: implementCloudImages(os.cloudImages, parts),
    clouds: implementClouds(os.clouds, parts),
    contents: implementContents(os.contents, parts),
    files: implementFiles(os.files, parts),
    folders: implementFolders(os.folders, parts),
    images: implementImages(os.images, parts),
    jobs: implementJobs(os.jobs, parts),
    library: implementLibrary(os.library, parts),
    preparation: implementPreparation(os.preparation, parts),
    settings: implementSettings(os.settings, parts),
    upkeep: implementUpkeep(os.upkeep, parts),
  });
}
export type AppRouter = ReturnType<typeof createRouter>;
