/** A process that scans a folder over and over until it is killed: library file and folder are its arguments. */
import { listFolders, stampFiles } from '#engine/operations/list-folders.ts';
import { recogniseFiles } from '#engine/operations/recognise.ts';
import { openCatalogue } from '../../../electron/catalogue/database.ts';
import { systemClock } from '../../../electron/scanning/clock.ts';
import { Scanner } from '../../../electron/scanning/scanner.ts';

const [, , path, folder] = process.argv;
const scanner = new Scanner({
  catalogue: openCatalogue(path!),
  looker: {
    listFolders: (folders) => Promise.resolve(listFolders(folders, 20)),
    stampFiles: (paths) => Promise.resolve(stampFiles(paths)),
    recogniseFiles: (paths) => Promise.resolve(recogniseFiles(paths)),
    rest: () => Promise.resolve(),
  },
  watch: null,
  clock: systemClock,
  events: {
    // What is told of is acknowledged: from then on it must not be lost.
    publish: (event) => event.changed !== null && process.send!(event.changed),
  },
  foldersChanged: () => {},
  log: (line) => process.send!({ log: line }),
});
const id = scanner.list()[0]?.id ?? scanner.add(folder!).id;
for (;;) {
  await scanner.scan(id);
  // There may have been nothing new to tell of.
  process.send!([]);
}
