// Runs a program to its end or to a time limit; at the limit its whole process group is ended, so nothing is left behind.
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface CommandOptions {
  readonly timeoutMs: number;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export interface VisibleOptions extends CommandOptions {
  /** Goes before each line, so that programs which run side by side can be told apart. */
  readonly label?: string;
}

interface Ending {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly output: string;
}

/** What is kept of a program's output; a compiler's log is longer, and only its end is of use. */
const KEPT_OUTPUT_CHARACTERS = 256 * 1024;
const FORWARDED_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const GROUPS_EXIST = process.platform !== 'win32';

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(GROUPS_EXIST ? -pid : pid, signal);
  } catch {
    // The group has ended by itself in the meantime.
  }
}

function run(
  command: string,
  args: readonly string[],
  options: CommandOptions,
  stdio: StdioOptions,
  started: (child: ChildProcess) => void = () => {},
): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio,
      detached: GROUPS_EXIST,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: options.env ?? process.env,
    });
    started(child);
    let output = '';
    const keep = (piece: Buffer): void => {
      output = (output + piece.toString('utf8')).slice(-KEPT_OUTPUT_CHARACTERS);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    let timedOut = false;
    const limit = setTimeout(() => {
      timedOut = true;
      endGroup(child.pid, 'SIGKILL');
    }, options.timeoutMs);
    // A group of its own does not get the terminal's Ctrl-C, so it is passed on.
    const forward = (signal: NodeJS.Signals): void => {
      endGroup(child.pid, signal);
    };
    for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
    const finish = (): void => {
      clearTimeout(limit);
      for (const signal of FORWARDED_SIGNALS) process.off(signal, forward);
    };
    child.on('error', (error) => {
      finish();
      reject(new Error(`${command} could not be started: ${error.message}`, { cause: error }));
    });
    child.on('close', (exitCode, signal) => {
      finish();
      resolve({ exitCode, signal, timedOut, output });
    });
  });
}

function describeEnding(ending: Ending, timeoutMs: number): string {
  if (ending.timedOut) return `was ended after ${Math.round(timeoutMs / 1000)} s`;
  return ending.signal === null ? `ended with exit code ${ending.exitCode}` : `was ended by ${ending.signal}`;
}

/**
 * Runs a program and returns what it wrote (stdout and stderr as they came). Throws with the end of that output when it
 * fails, cannot be started, or is still running after `timeoutMs`.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<string> {
  const ending = await run(command, args, options, ['ignore', 'pipe', 'pipe']);
  if (ending.exitCode === 0 && !ending.timedOut) return ending.output;
  throw new Error(
    `${[command, ...args].join(' ')} ${describeEnding(ending, options.timeoutMs)}\n${ending.output.slice(-4000).trimEnd()}`,
  );
}

/** Passes a program's output on, line by line. */
function passOn({ stdout, stderr }: ChildProcess, label: string): void {
  for (const [from, to] of [
    [stdout!, process.stdout],
    [stderr!, process.stderr],
  ] as const) {
    createInterface({ input: from }).on('line', (line) => to.write(`${label} │ ${line}\n`));
  }
}

/**
 * Runs a program whose output goes to this process's own, and returns `null` when it succeeded, else how it ended
 * (`ended with exit code 3`). Never throws.
 */
export async function runVisibly(
  command: string,
  args: readonly string[],
  { label, ...options }: VisibleOptions,
): Promise<string | null> {
  try {
    const ending = await (label === undefined
      ? run(command, args, options, ['ignore', 'inherit', 'inherit'])
      : run(command, args, options, ['ignore', 'pipe', 'pipe'], (child) => passOn(child, label)));
    if (ending.exitCode === 0 && !ending.timedOut) return null;
    return describeEnding(ending, options.timeoutMs);
  } catch (error) {
    return (error as Error).message;
  }
}
