/** The words of the command line for the library and its watched folders. */
import type { Command } from 'commander';
import type { Run } from './program.ts';

/* Each command's code is loaded when it runs: the others', and their libraries, cost time at every start. */
const library = () => import('./library.ts');
const folders = () => import('./folders.ts');

const json = ['--json', 'one JSON object on stdout and nothing else'] as const;

/** Adds `platter library …`. */
export function addLibrary(root: Command, run: Run): void {
  const group = root.command('library').description('the personal library of images');
  group
    .command('list')
    .option(...json)
    .description('all images')
    .action(run(async (options) => (await library()).libraryList(options)));
  group
    .command('add <files...>')
    .option(...json)
    .description('add images and packages')
    .action(run(async (files: string[], options) => (await library()).libraryAdd(files, options)));
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
  addFolders(group, run);
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
