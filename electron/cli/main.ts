/** Runs one command line, from its words to its exit code. */
import { CommanderError } from 'commander';
import { Failure } from '#shared/failure.ts';
import { declared as declarations, type Declarations } from './declarations.ts';
import { program, versionOf, withPlainSizes, type Serve } from './program.ts';
import { reportFailure, type ExitCode } from './session.ts';

/** The help of a command says what the drivers declare; only then they are asked. */
async function declarationsFor(words: readonly string[]): Promise<Declarations | null> {
  const wantsHelp = words.includes('--help') || words.includes('-h') || words[0] === 'help';
  if (!wantsHelp || words.length < 2) return null;
  return declarations();
}

/** Runs the command line with the words after the program's name; the exit code. */
export async function main(words: readonly string[], serve: Serve): Promise<ExitCode> {
  let code: ExitCode = 0;
  try {
    const declared = await declarationsFor(words);
    const root = program((result) => (code = result), versionOf(import.meta.url), serve, declared);
    await root.parseAsync(withPlainSizes(words), { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportFailure(error);
    // Help and version are answers; anything else is a word that we do not know.
    if (error.exitCode === 0) return 0;
    if (error.code === 'commander.help') return 2;
    // What it proposes instead stands on a line of its own.
    const problem = error.message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
    return reportFailure(new Failure('input.invalid', { problem }));
  }
}
