/** The whole contract between the window and the main process: declared here, inferred on both ends. */
import { accounts } from './accounts.ts';
import { application, settings } from './application.ts';
import { cloudImages } from './cloud-images.ts';
import { clouds } from './clouds.ts';
import { contents } from './contents.ts';
import { files } from './files.ts';
import { folders } from './folders.ts';
import { images } from './images.ts';
import { jobs } from './jobs.ts';
import { library } from './library.ts';
import { preparation } from './preparation.ts';
import { upkeep } from './upkeep.ts';

export const contract = {
  accounts,
  application,
  cloudImages,
  clouds,
  contents,
  files,
  folders,
  images,
  jobs,
  library,
  preparation,
  settings,
  upkeep,
};
export type Contract = typeof contract;
