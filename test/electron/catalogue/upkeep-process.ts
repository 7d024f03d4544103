/** A process that backs up, imports and restores a library over and over until it is killed: its folder is the argument. */
import { join } from 'node:path';
import { listBackups } from '../../../electron/catalogue/backups.ts';
import { libraryLocation } from '../../../electron/catalogue/location.ts';
import { upkeepTasks } from '../../../electron/catalogue/upkeep-tasks.ts';

const [, , home] = process.argv;
const { databasePath, backupsFolder } = libraryLocation(home);
const now = (): number => Date.now();
process.send!('begun');
for (;;) {
  const place = { databasePath, backupsFolder };
  await upkeepTasks.importFrom({ ...place, now: now(), path: join(home!, 'many.json'), mode: 'replace' });
  const before = listBackups(backupsFolder).find(({ kind }) => kind === 'regular')!;
  await upkeepTasks.restore({ ...place, now: now(), name: before.name });
}
