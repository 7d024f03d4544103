/** What every command ends in: an answer on stdout, or one line on stderr, and the exit code. */
import { once } from 'node:events';
import { Failure, isFailure } from '#shared/failure.ts';
import { messagesInWords } from '#shared/text/in-words.ts';
import { describeFailure } from '#shared/text/failure-text.ts';

/** 0 yes or done; 1 the answer is no; 2 it failed. */
export type ExitCode = 0 | 1 | 2;

/** Answers that come in pieces are written in such portions. */
const portionCharacters = 64 * 1024;

/** Prints the answer: one JSON object, or lines for people. */
export function answer(json: boolean, value: unknown, lines: () => readonly string[]): void {
  process.stdout.write(
    json
      ? `${JSON.stringify(value, messagesInWords)}\n`
      : lines()
          .map((line) => `${line}\n`)
          .join(''),
  );
}

/** Says on one line of stderr what went wrong. */
export function reportFailure(error: unknown): ExitCode {
  const failure = Failure.from(error);
  const { sentence } = describeFailure(failure.toData());
  process.stderr.write(`platter: ${failure.code}: ${sentence}\n`);
  if (isFailure(failure, 'internal') && process.env['PLATTER_DEBUG'] !== undefined) {
    process.stderr.write(`${String((failure.cause as Error | undefined)?.stack ?? failure.stack)}\n`);
  }
  return 2;
}

/** Prints an answer that may be too long to be kept: piece by piece, no faster than it is read. */
export async function printPieces(pieces: Iterable<string>): Promise<void> {
  const { stdout } = process;
  let portion = '';
  const flush = async (): Promise<void> => {
    const goesOn = stdout.write(portion);
    portion = '';
    if (!goesOn) await once(stdout, 'drain');
  };
  for (const piece of pieces) {
    portion += piece;
    if (portion.length >= portionCharacters) await flush();
  }
  if (portion !== '') await flush();
}
