/** The command line: `platter info`, `convert`, `extract` and the rest, in plain Node. */
import { CommanderError } from 'commander';
import { Failure } from '#shared/failure.ts';
import { program, versionOf, withPlainSizes, type Declarations } from './cli/program.ts';
import { reportFailure, runOperation, type ExitCode } from './cli/session.ts';
import { main as serve } from './serve.ts';

/** The help of a command says what the drivers declare; only then they are asked. */
async function declarationsFor(words: readonly string[]): Promise<Declarations | null> {
  const wantsHelp = words.includes('--help') || words.includes('-h') || words[0] === 'help';
  if (!wantsHelp || words.length < 2) return null;
  return runOperation(true, async (client) => ({
    formats: await client.formats(),
    builders: await client.builders(),
  }));
}

/** Runs the command line with the words after the program's name; the exit code. */
export async function main(words: readonly string[]): Promise<ExitCode> {
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
    return reportFailure(new Failure('input.invalid', { problem: error.message.replace(/^error: /, '') }));
  }
}

// `platter map x | head` closes the pipe: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
