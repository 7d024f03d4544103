/** The words of the command line: every command, its options, and what runs it. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { builderLines, formatLines, formats, type Declarations } from './declarations.ts';
import { addClouds } from './cloud-program.ts';
import { addLibrary } from './library-program.ts';
import {
  backingFormat,
  collect,
  force,
  json,
  noSync,
  noVerify,
  size,
  withLimits,
  withSource,
  wrap,
} from './option-words.ts';
import type { Run } from './run.ts';
import type { ExitCode } from './session.ts';
import { addUploads } from './upload-program.ts';

export type Serve = (words: readonly string[]) => Promise<unknown>;

/* Each command's code is loaded when it runs: the others', and their libraries, cost time at every start. */
const questions = () => import('./questions.ts');
const making = () => import('./making.ts');
const extraction = () => import('./extraction.ts');

/** What can be said of a target format that is named. */
function withShape(command: Command): Command {
  return command
    .option('--variant <variant>', 'the variant of the target format')
    .option('-o, --option <name=value>', 'an option of the target format; may be repeated', collect);
}

/** What can be said of an image that is written. */
function withTarget(command: Command): Command {
  return withShape(command.option('--to <format>', 'the target format'))
    .option('--uuid <uuid>', 'the identifier of the image, instead of one that follows from its content')
    .option(...force)
    .option(...json);
}

/** The program; `done` gets the exit code of the command that ran. `declared` fills the help texts, where it is given. */
export function program(
  done: (code: ExitCode) => void,
  version: string,
  serve: Serve,
  declared: Declarations | null,
): Command {
  const run =
    <A extends unknown[]>(action: (...values: A) => Promise<ExitCode>) =>
    async (...values: A): Promise<void> =>
      done(await action(...values));
  const root = new Command('platter')
    .description('Virtual-machine images and appliances: look into them, make, convert and extract them.')
    .version(version)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addHelpText(
      'after',
      '\nAny FILE may lie inside a package: appliance.ova:disk1.vmdk\nExit codes: 0 yes or done, 1 the answer is no, 2 it failed.',
    );
  addQuestions(root, run, declared);
  addConversions(root, run, formatsHelp(declared));
  addChanges(root, run, formatsHelp(declared));
  addClouds(root, run, version, declared);
  withLimits(root.command('build <output> [inputs...]'))
    .description('make a package, a set of images or a medium')
    .requiredOption('--as <builder>', 'what to build')
    .option('--set <name=value>', 'a field; may be repeated', collect)
    .option('--set-file <name=path>', 'a field, read from a file; may be repeated', collect)
    .option(...noVerify)
    .option(...force)
    .option(...json)
    .addHelpText('after', () => buildersHelp(declared))
    .action(
      run(async (output: string, inputs: string[], options) =>
        (await making()).build(output, inputs, options),
      ),
    );
  root
    .command('formats')
    .description('the formats with their variants and options, and what can be built')
    .option(...json)
    .action(run((options) => formats(options)));
  addLibrary(root, run);
  addUploads(root, run);
  addServe(root, run, serve);
  return root;
}

function addQuestions(root: Command, run: Run, declared: Declarations | null): void {
  withSource(root.command('info <file>'))
    .description('what a file is; a package is checked against its manifest')
    .option(...json)
    .action(run(async (file: string, options) => (await questions()).info(file, options)));
  withSource(root.command('map <file>'))
    .description('what each part of a disk is: stored, encoded, zero or absent')
    .option(...json)
    .action(run(async (file: string, options) => (await questions()).map(file, options)));
  withLimits(withSource(root.command('hash <file>')))
    .description('SHA-256 of the bytes that a guest sees, whatever the format')
    .option(...json)
    .action(run(async (file: string, options) => (await questions()).hash(file, options)));
  withLimits(withSource(root.command('compare <first> <second>')))
    .description('whether two disks show a guest the same bytes')
    .option(...json)
    .action(
      run(async (first: string, second: string, options) =>
        (await questions()).compare(first, second, options),
      ),
    );
  withSource(root.command('check <file>'))
    .description('whether the tables of an image are right')
    .option(...json)
    .action(run(async (file: string, options) => (await questions()).check(file, options)));
  withShape(withSource(root.command('measure <file>')).requiredOption('--to <format>', 'the target format'))
    .description('how large a disk would be in another format: exactly, or at most and about')
    .option('--backing <image>', 'only what differs from this image')
    .option(...backingFormat)
    .option(...size)
    .option(...wrap)
    .option(...json)
    .addHelpText('after', formatsHelp(declared))
    .action(run(async (file: string, options) => (await questions()).measure(file, options)));
  withSource(root.command('list <file> [folder]'))
    .description('the files of a package, of a medium, or of a partition on a disk')
    .option('-r, --recursive', 'with everything in all folders below')
    .option('--partition <n>', 'of a disk with several')
    .option(...json)
    .action(
      run(async (file: string, folder: string | undefined, options) =>
        (await questions()).list(file, folder, options),
      ),
    );
}

function addConversions(root: Command, run: Run, help: () => string): void {
  withLimits(withSource(withTarget(root.command('convert <source> <destination>'))))
    .description(
      "write a disk in another format (the destination's extension, or --to); --to as-is copies the file",
    )
    .option('--backing <image>', 'write only what differs from this image, which the output names')
    .option(...backingFormat)
    .option(...size)
    .option(...wrap)
    .option(...noVerify)
    .option(...noSync)
    .addHelpText('after', help)
    .action(
      run(async (source: string, destination: string, options) =>
        (await making()).convert(source, destination, options),
      ),
    );
  withLimits(withSource(withTarget(root.command('extract <file>'))))
    .description('write the disks of a package (as qcow2 unless told otherwise), or the files of a medium')
    .requiredOption('--out <folder>', 'where the files go')
    .option('--disk <name>', 'only this disk of a package; may be repeated', collect)
    .option('--path <path>', 'only this file or folder of a medium; may be repeated', collect)
    .option('--partition <n>', 'the files of this partition')
    .option(...noVerify)
    .option(...noSync)
    .addHelpText('after', help)
    .action(run(async (file: string, options) => (await extraction()).extract(file, options)));
  withLimits(withSource(withTarget(root.command('flatten <source> <destination>'))))
    .description('write a chain of images, or a snapshot, as one file')
    .option(...noVerify)
    .option(...noSync)
    .action(
      run(async (source: string, destination: string, options) =>
        (await making()).flatten(source, destination, options),
      ),
    );
  withLimits(withSource(withTarget(root.command('rebase <source> <destination>'))))
    .description('write a copy that stands over another backing image')
    .requiredOption('--backing <image>', 'the new backing image')
    .option(...backingFormat)
    .option(...noVerify)
    .option(...noSync)
    .action(
      run(async (source: string, destination: string, options) =>
        (await making()).rebase(source, destination, options),
      ),
    );
}

function addChanges(root: Command, run: Run, help: () => string): void {
  withTarget(root.command('create <file>'))
    .description('make an empty image, or an overlay over another one')
    .option('--size <size>', 'the virtual size, e.g. 20G; that of the backing image when absent')
    .option('--backing <image>', 'the image that shows through')
    .option(...backingFormat)
    .option('--allow <path>', 'a file elsewhere that the backing image may name; may be repeated', collect)
    .addHelpText('after', help)
    .action(run(async (file: string, options) => (await making()).create(file, options)));
  root
    .command('resize <file> <size>')
    .description('give a disk another virtual size: 20G, +5G, -1G')
    .option('--shrink', 'allow it to become smaller; what is cut off must be unused')
    .option(...json)
    .action(run(async (file: string, size: string, options) => (await making()).resize(file, size, options)));
  root
    .command('repair <file>')
    .description('mend the tables of an image; what is replaced is kept in a file beside it')
    .option('--leaks-only', 'give back unused room, touch nothing else')
    .option('--undo <backup>', 'put back what an earlier repair or resize replaced')
    .option(...json)
    .action(run(async (file: string, options) => (await making()).repair(file, options)));
}

function addServe(root: Command, run: Run, serve: Serve): void {
  root
    .command('serve')
    .description('the app for a browser on this machine')
    .option('--port <n>', 'the port (default: a free one)')
    .option('--host <address>', 'the address to listen on (default: 127.0.0.1)')
    .option('--open', "open the address in the system's browser")
    .action(
      run(async ({ port, host, open }: { port?: string; host?: string; open?: boolean }) => {
        const given = {
          ...(port !== undefined && { '--port': port }),
          ...(host !== undefined && { '--host': host }),
        };
        await serve([...Object.entries(given).flat(), ...(open === true ? ['--open'] : [])]);
        return 0;
      }),
    );
}

function formatsHelp(declared: Declarations | null): () => string {
  return () =>
    declared === null
      ? ''
      : `\nFormats that can be written:\n${formatLines(declared.formats.filter(({ creation }) => creation !== null))}`;
}

function buildersHelp(declared: Declarations | null): string {
  return declared === null ? '' : `\nWhat can be built:\n${builderLines(declared.builders)}`;
}

/**
 * The words with a size to be taken off (`resize FILE -1G`) where it is not mistaken for an option: at the end, behind `--`.
 */
export function withPlainSizes(words: readonly string[]): string[] {
  const isSize = (word: string): boolean => /^-\d/.test(word);
  if (words[0] !== 'resize' || words.includes('--')) return [...words];
  const sizes = words.filter(isSize);
  return sizes.length === 0 ? [...words] : [...words.filter((word) => !isSize(word)), '--', ...sizes];
}

/** The version of this Platter. Bundles and sources alike lie two folders below its package. */
export function versionOf(scriptUrl: string): string {
  const manifest = new URL('../../package.json', scriptUrl);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
