/** The words of the command line for clouds and hypervisors. */
import type { Command } from 'commander';
import { cloudLines, type Declarations } from './declarations.ts';
import { collect, force, json, noSync, noVerify, withLimits, withSource } from './option-words.ts';
import type { Run } from './run.ts';

/* Each command's code is loaded when it runs: the others', and their libraries, cost time at every start. */
const preflights = () => import('./preflight.ts');
const preparing = () => import('./prepare.ts');

/** Adds `platter preflight` and `platter prepare`. */
export function addClouds(root: Command, run: Run, version: string, declared: Declarations | null): void {
  withSource(root.command('preflight <files...>'))
    .description('what clouds and hypervisors would say of an image: ready, fixable or refused, and why')
    .option('--for <cloud>', 'only this one; may be repeated', collect)
    .option(...json)
    .addHelpText('after', () => cloudsHelp(declared))
    .action(run(async (files: string[], options) => (await preflights()).preflightFiles(files, options)));
  withLimits(withSource(root.command('prepare <file>')))
    .description(
      'make an image ready for a cloud or a hypervisor: all fixes, its metadata, and what to run there',
    )
    .requiredOption('--for <cloud>', 'the cloud')
    .requiredOption('--out <folder>', 'where the files go; it is made where it is missing')
    .option(
      '--set <name=value>',
      "metadata, in place of what is proposed; '' leaves it out; may be repeated",
      collect,
    )
    .option('--fix <rule>', 'only this fix; may be repeated', collect)
    .option('--to <target>', 'another of the forms that the cloud takes')
    .option('-o, --option <name=value>', 'an option of the format; may be repeated', collect)
    .option('--disk <name>', 'only this disk of a package; may be repeated', collect)
    .option('--name <name>', "what the files' names begin with")
    .option(
      '--checksum <algorithm>',
      'sha256 (unless said otherwise), sha512 or md5; may be repeated',
      collect,
    )
    .option('--split <size>', 'files that are larger become parts of that size: 2G, 650M')
    .option('--plan', 'say what would be done, and what to run, and write nothing')
    .option(...noVerify)
    .option(...noSync)
    .option(...force)
    .option(...json)
    .addHelpText('after', () => cloudsHelp(declared))
    .action(run(async (file: string, options) => (await preparing()).prepare(file, options, version)));
}

function cloudsHelp(declared: Declarations | null): string {
  return declared === null ? '' : `\nClouds and hypervisors:\n${cloudLines(declared.clouds)}`;
}
