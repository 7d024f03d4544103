/** The words of the command line for the library and its watched folders. */
import type { Command } from 'commander';
import { Failure } from '#shared/failure.ts';
import { collect, json } from './option-words.ts';
import type { Run } from './run.ts';

/* Each command's code is loaded when it runs: the others', and their libraries, cost time at every start. */
const library = () => import('./library.ts');
const folders = () => import('./folders.ts');
const upkeep = () => import('./upkeep.ts');
const duplicates = () => import('./duplicates.ts');

/** Adds `platter library …`. */
export function addLibrary(root: Command, run: Run): void {
  const group = root.command('library').description('the personal library of images');
  group
    .command('list [query...]')
    .option(...json)
    .description(
      'images, the newest first: all, or those that answer a query: format:qcow2 size:>20G (after -- when it begins with -)',
    )
    .action(run(async (query: string[], options) => (await library()).libraryList(query, options)));
  group
    .command('add <files...>')
    .option(...json)
    .description('add images and packages')
    .action(run(async (files: string[], options) => (await library()).libraryAdd(files, options)));
  group
    .command('parts <image>')
    .option(...json)
    .description('what belongs to an image, by number or path: extents, parents, disks of a machine, …')
    .action(run(async (image: string, options) => (await library()).libraryParts(image, options)));
  group
    .command('remove <images...>')
    .option(...json)
    .description('forget images, by number or path; the files stay')
    .action(run(async (images: string[], options) => (await library()).libraryRemove(images, options)));
  group
    .command('locate <image> <file>')
    .option(...json)
    .description('say where the file of an image is now, by number or path')
    .action(
      run(async (image: string, file: string, options) =>
        (await library()).libraryLocate(image, file, options),
      ),
    );
  group
    .command('duplicates')
    .option('--read', 'read the disks whose content is not known yet, before the answer')
    .option(...json)
    .description('disks that are in the library more than once, in whatever format')
    .action(
      run(async (options: { read?: boolean; json?: boolean }) =>
        (await duplicates()).libraryDuplicates(options),
      ),
    );
  addAnnotations(group, run);
  addFolders(group, run);
  addUpkeep(group, run);
}

function addAnnotations(group: Command, run: Run): void {
  group
    .command('tag <images...>')
    .option('--add <tag>', 'a tag to give them (repeatable)', collect, [])
    .option('--remove <tag>', 'a tag to take from them (repeatable)', collect, [])
    .option(...json)
    .description('tag images, by number or path')
    .action(
      run(async (images: string[], options: { add: string[]; remove: string[]; json?: boolean }) =>
        (await library()).libraryAnnotate(
          images,
          { addTags: options.add, removeTags: options.remove },
          options,
        ),
      ),
    );
  group
    .command('note <image> [text]')
    .option(...json)
    .description('note something down about an image (Markdown); without a text the note is removed')
    .action(
      run(async (image: string, text: string | undefined, options) =>
        (await library()).libraryAnnotate([image], { note: text ?? null }, options),
      ),
    );
  group
    .command('rate <stars> <images...>')
    .option(...json)
    .description('rate images with 1 to 5 stars; 0 removes the rating')
    .action(
      run(async (stars: string, images: string[], options) => {
        if (!/^[0-5]$/.test(stars)) throw new Failure('input.invalid', { problem: 'stars are 0 to 5' });
        return (await library()).libraryAnnotate(images, { rating: Number(stars) || null }, options);
      }),
    );
  for (const direction of ['undo', 'redo'] as const) {
    group
      .command(direction)
      .option(...json)
      .description(direction === 'undo' ? 'take back the last change of the library' : 'do it again')
      .action(run(async (options) => (await library()).libraryTurn(direction, options)));
  }
}

function addFolders(group: Command, run: Run): void {
  group
    .command('watch <folders...>')
    .option(...json)
    .description('keep all images and packages in these folders in the library')
    .action(run(async (words: string[], options) => (await folders()).libraryWatch(words, options)));
  group
    .command('unwatch <folders...>')
    .option('--forget', 'forget the images in them, too; the files stay')
    .option(...json)
    .description('stop watching folders, by number or path')
    .action(run(async (words: string[], options) => (await folders()).libraryUnwatch(words, options)));
  group
    .command('folders')
    .option(...json)
    .description('the watched folders')
    .action(run(async (options) => (await folders()).libraryFolders(options)));
  group
    .command('scan [folders...]')
    .option(...json)
    .description('look through the watched folders now')
    .action(run(async (words: string[], options) => (await folders()).libraryScan(words, options)));
}

function addUpkeep(group: Command, run: Run): void {
  group
    .command('verify')
    .option(...json)
    .description('look whether the library file is sound')
    .action(run(async (options) => (await upkeep()).libraryVerify(options)));
  group
    .command('backup [file]')
    .option(...json)
    .description('back the library up, beside it or to a new file')
    .action(run(async (file: string | undefined, options) => (await upkeep()).libraryBackup(file, options)));
  group
    .command('backups')
    .option(...json)
    .description('the backups, the newest first')
    .action(run(async (options) => (await upkeep()).libraryBackups(options)));
  group
    .command('restore [backup]')
    .option(...json)
    .description('make the library what a backup says, by its name or file: the newest unless said otherwise')
    .action(
      run(async (backup: string | undefined, options) => (await upkeep()).libraryRestore(backup, options)),
    );
  group
    .command('export <file>')
    .option(...json)
    .description('write the catalogue as JSON to a new file')
    .action(run(async (file: string, options) => (await upkeep()).libraryExport(file, options)));
  group
    .command('import <file>')
    .option('--replace', 'in place of what is there, of which a backup is made; else it is added')
    .option(...json)
    .description('read a catalogue that was exported')
    .action(run(async (file: string, options) => (await upkeep()).libraryImport(file, options)));
}
