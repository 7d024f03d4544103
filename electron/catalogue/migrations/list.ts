/** All migrations, in the order in which a database goes through them. */
import { migration as images } from './0010-images.ts';
import { migration as jobs } from './0020-jobs.ts';
import { migration as settings } from './0030-settings.ts';
import { migration as resumableJobs } from './0040-resumable-jobs.ts';
import { migration as watchedFolders } from './0100-watched-folders.ts';
import { migration as imageChanges } from './0110-image-changes.ts';
import { migration as annotations } from './0111-annotations.ts';
import { migration as jobGroups } from './0170-job-groups.ts';
import { migration as metadataPresets } from './0190-metadata-presets.ts';
import { migration as clouds } from './0210-clouds.ts';
import { migration as references } from './0220-references.ts';
import { migration as fileSums } from './0230-file-sums.ts';
import { migration as contents } from './0240-contents.ts';
import { migration as searchOrder } from './0270-search-order.ts';
import { migration as nameWords } from './0280-name-words.ts';
import { migration as guestLooks } from './0300-guest-looks.ts';
import { migration as jobNotices } from './0310-job-notices.ts';
import { migration as alikeFiles } from './0320-alike-files.ts';
import { migration as missingFiles } from './0330-missing-files.ts';
import { migration as keptIndex } from './0340-kept-index.ts';
import type { Migration } from './migration.ts';

export const migrations: readonly Migration[] = [
  images,
  jobs,
  settings,
  resumableJobs,
  watchedFolders,
  imageChanges,
  annotations,
  jobGroups,
  metadataPresets,
  clouds,
  references,
  fileSums,
  contents,
  searchOrder,
  nameWords,
  guestLooks,
  jobNotices,
  alikeFiles,
  missingFiles,
  keptIndex,
];
