/** The built command line, run as other programs run it: words in, exit code and text out. */
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { cliBundle } from '../../build/paths.ts';
import { expect } from './app.ts';

export interface Answer {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** What `--json` prints must be read as one object; its fields are what the tests look at. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each test says by its expectations what the shape is
export type Json = any;

const minute = 60_000;

/** Runs in one folder, with a library of its own there. */
export class CommandLine {
  readonly folder: string;
  readonly #further: NodeJS.ProcessEnv;

  /** `further`: variables besides those that there are. */
  constructor(folder: string, further: NodeJS.ProcessEnv = {}) {
    this.folder = folder;
    this.#further = further;
  }

  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, ...this.#further, PLATTER_HOME: join(this.folder, 'library') };
  }

  run(...words: string[]): Answer {
    const options = { encoding: 'utf8', cwd: this.folder, env: this.environment, timeout: minute } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [cliBundle, ...words], options);
    return { code: status, out: stdout, err: stderr };
  }

  /** The same while this process serves what the command asks for. */
  async answer(...words: string[]): Promise<Answer> {
    const options = { cwd: this.folder, env: this.environment, timeout: minute };
    return new Promise((resolve) => {
      const child = execFile(process.execPath, [cliBundle, ...words], options, (_, out, err) =>
        resolve({ code: child.exitCode, out, err }),
      );
    });
  }

  /** The JSON of a command that works while this process serves. */
  async ask(...words: string[]): Promise<Json> {
    return jsonOf(await this.answer(...words, '--json'), 0);
  }

  /** The JSON of a command that works: one line, nothing else anywhere. */
  json(...words: string[]): Json {
    return this.jsonWith(0, ...words);
  }

  /** The same for an answer with another exit code. */
  jsonWith(expectedCode: number, ...words: string[]): Json {
    return jsonOf(this.run(...words, '--json'), expectedCode);
  }
}

function jsonOf({ code, out, err }: Answer, expectedCode: number): Json {
  expect(err).toBe('');
  expect(code).toBe(expectedCode);
  expect(out.trimEnd().split('\n')).toHaveLength(1);
  return JSON.parse(out);
}

/** One line on stderr with the failure's code, nothing on stdout, exit code 2. */
export function expectFailure({ code, out, err }: Answer, failureCode: string, ...words: string[]): void {
  expect(code).toBe(2);
  expect(out).toBe('');
  expect(err).toMatch(/^platter: [a-z.-]+: [^\n]+\n$/);
  expect(err.startsWith(`platter: ${failureCode}: `), err).toBe(true);
  for (const word of words) expect(err).toContain(word);
}
