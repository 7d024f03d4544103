/** The command line: `platter info`, `convert`, `extract` and the rest, in plain Node. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { Failure } from '#shared/failure.ts';
import { compare, convert, extract, hash, info, map } from './cli/commands.ts';
import { libraryAdd, libraryList, libraryRemove } from './cli/library.ts';
import { reportFailure, runOperation, type ExitCode } from './cli/session.ts';
import { main as serve } from './serve.ts';

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

function version(): string {
  const manifest = new URL('../package.json', import.meta.url);
  const bundled = new URL('../../package.json', import.meta.url);
  const file = import.meta.url.endsWith('.ts') ? manifest : bundled;
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** The program; `done` gets the exit code of the command that ran. */
function program(done: (code: ExitCode) => void): Command {
  const run =
    <A extends unknown[]>(action: (...values: A) => Promise<ExitCode>) =>
    async (...values: A): Promise<void> =>
      done(await action(...values));
  const root = new Command('platter')
    .description('Virtual-machine images and appliances: look into them, convert and extract them.')
    .version(version())
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addHelpText(
      'after',
      '\nAny FILE may lie inside a package: appliance.ova:disk1.vmdk\nExit codes: 0 yes or done, 1 the answer is no, 2 it failed.',
    );
  const json = ['--json', 'one JSON object on stdout and nothing else'] as const;
  const from = ['--from <format>', 'take the source for this format instead of asking its content'] as const;
  const workers = ['--workers <n>', 'compute threads (default: one per core)'] as const;
  const option = ['-o, --option <name=value>', 'an option of the target format; may be repeated'] as const;
  const target = (command: Command): Command =>
    command
      .option('--to <format>', 'the target format')
      .option('--variant <variant>', 'the variant of the target format')
      .option(...option, collect)
      .option('--no-verify', 'do not read the output back')
      .option('--force', 'replace an existing output')
      .option(...workers)
      .option(...json);

  root
    .command('info <file>')
    .description('what a file is; a package is checked against its manifest')
    .option(...json)
    .action(run((file: string, options) => info(file, options)));
  root
    .command('map <file>')
    .description('what each part of a disk is: stored, encoded, zero or absent')
    .option(...from)
    .option(...json)
    .action(run((file: string, options) => map(file, options)));
  root
    .command('hash <file>')
    .description('SHA-256 of the bytes that a guest sees, whatever the format')
    .option(...from)
    .option(...workers)
    .option(...json)
    .action(run((file: string, options) => hash(file, options)));
  root
    .command('compare <first> <second>')
    .description('whether two disks show a guest the same bytes')
    .option(...workers)
    .option(...json)
    .action(run((first: string, second: string, options) => compare(first, second, options)));
  target(root.command('convert <source> <destination>'))
    .description("write a disk in another format (the destination's extension, or --to)")
    .option(...from)
    .action(run((source: string, destination: string, options) => convert(source, destination, options)));
  target(root.command('extract <package>'))
    .description('write the disks of an OVA or OVF as files of their own (qcow2 unless --to says otherwise)')
    .requiredOption('--out <folder>', 'where the files go')
    .option('--disk <name>', 'only this disk; may be repeated', collect)
    .action(run((file: string, options) => extract(file, options)));
  root
    .command('formats')
    .description('the formats, their variants and options')
    .option(...json)
    .action(run((options) => formats(options)));

  const library = root.command('library').description('the personal library of images');
  library
    .command('list')
    .option(...json)
    .description('all images')
    .action(run((options) => libraryList(options)));
  library
    .command('add <files...>')
    .option(...json)
    .description('add images and packages')
    .action(run((files: string[], options) => libraryAdd(files, options)));
  library
    .command('remove <images...>')
    .option(...json)
    .description('forget images, by number or path; the files stay')
    .action(run((images: string[], options) => libraryRemove(images, options)));
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
  return root;
}

async function formats(options: { readonly json?: boolean }): Promise<ExitCode> {
  const all = await runOperation(true, (client) => client.formats());
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ formats: all })}\n`);
    return 0;
  }
  for (const { id, title, extensions, creation } of all) {
    process.stdout.write(
      `${id.padEnd(10)} ${title} (.${extensions.join(', .')})${creation === null ? ', read only' : ''}\n`,
    );
    for (const variant of creation?.variants ?? []) {
      process.stdout.write(`  --variant ${variant.id.padEnd(18)} ${variant.help}\n`);
    }
    for (const choice of creation?.options ?? []) {
      process.stdout.write(`  -o ${`${choice.name}=${choice.default}`.padEnd(25)} ${choice.help}\n`);
    }
  }
  return 0;
}

/** Runs the command line with the words after the program's name; the exit code. */
export async function main(words: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = 0;
  try {
    await program((result) => (code = result)).parseAsync([...words], { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportFailure(error);
    // Help and version are answers; anything else is a word that we do not know.
    if (error.exitCode === 0) return 0;
    if (error.code === 'commander.help') return 2;
    return reportFailure(new Failure('input.invalid', { problem: error.message.replace(/^error: /, '') }));
  }
}

// `platter map x | head` closes the pipe: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
