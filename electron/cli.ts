/** The command line: `platter info`, `convert`, `extract` and the rest, in plain Node. */
import { keepCompiledCode } from './cli/compile-cache.ts';

/** Everything else is loaded after the cache is on. */
async function start(): Promise<void> {
  keepCompiledCode();
  const { main } = await import('./cli/main.ts');
  const serve = async (words: readonly string[]): Promise<void> => (await import('./serve.ts')).main(words);
  process.exitCode = await main(process.argv.slice(2), serve);
}

// `platter map x | head` closes the pipe: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
void start();
