/** Kills jobs at random moments, lets another process go on with them, and compares with an undisturbed run. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type { JobNote, JobRequest } from '#shared/domain/job.ts';
import { performUndisturbed, type Subject } from './subjects.ts';

export interface CrashOptions {
  readonly subject: Subject;
  readonly kills: number;
  readonly folder: string;
  /** Of the disks together, which are about two thirds data. */
  readonly sizeBytes: number;
  /** Numbers between 0 and 1. */
  readonly random: () => number;
}

export interface CrashReport {
  readonly kills: number;
  /** Jobs that were brought to their end. */
  readonly outputs: number;
  /** Runs that went on with what a killed one had written. */
  readonly resumed: number;
  readonly problems: readonly string[];
}

/** What one run came to; null when it was killed first. */
interface RunEnd {
  readonly state: string;
  readonly failure: unknown;
  readonly notes: readonly JobNote[];
}

const victim = fileURLToPath(new URL('./victim.ts', import.meta.url));
/** Kills of one job before it may end. */
const mostKillsEach = 4;
/** So fast that a job and its verification take about this long. */
const milliseconds = 900;

/** Runs until so many kills have happened. What went wrong is told, with the folder left as it was. */
export async function crash(options: CrashOptions): Promise<CrashReport> {
  const { subject, sizeBytes, folder, random } = options;
  mkdirSync(folder, { recursive: true });
  const workInto = subject.prepare(folder, sizeBytes);
  const reference = join(folder, 'reference');
  mkdirSync(reference);
  performUndisturbed(workInto(reference));
  const expected = await digestsOf(reference);
  const report = { kills: 0, outputs: 0, resumed: 0, problems: [] as string[] };
  const speed = Math.round((sizeBytes * 1000) / milliseconds);
  for (let round = 0; report.kills < options.kills; round++) {
    const place = join(folder, `round-${round}`);
    const outputs = join(place, 'out');
    mkdirSync(outputs, { recursive: true });
    const end = await performWithKills(
      join(place, 'home'),
      workInto(outputs),
      speed,
      report,
      options,
      random,
    );
    const found = await digestsOf(outputs);
    report.outputs++;
    if (end.state !== 'done' || found !== expected) {
      report.problems.push(`${place}: ${JSON.stringify(end)} ${found === expected ? '' : 'other bytes'}`);
    } else {
      rmSync(place, { recursive: true });
    }
  }
  if (report.problems.length === 0) rmSync(folder, { recursive: true });
  return report;
}

async function performWithKills(
  home: string,
  work: JobRequest,
  speed: number,
  report: { kills: number; resumed: number },
  { kills }: CrashOptions,
  random: () => number,
): Promise<RunEnd> {
  const most = 1 + Math.floor(random() * mostKillsEach);
  for (let killed = 0; ; killed++) {
    const mayKill = killed < most && report.kills < kills;
    // Most while it works, some while it starts.
    const kill = { at: random() < 0.15 ? 'began' : 'working', after: random() * 1.3 * milliseconds };
    const end = await run(home, work, speed, mayKill ? kill : null);
    if (end !== null) {
      if (end.notes.some(({ kind }) => kind === 'resumed')) report.resumed++;
      return end;
    }
    report.kills++;
  }
}

/** Runs the victim, and kills it so long after it has said that it is there. Null when it was killed. */
function run(
  home: string,
  work: JobRequest,
  speed: number,
  kill: { readonly at: string; readonly after: number } | null,
): Promise<RunEnd | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [victim, home, JSON.stringify(work), String(speed)], {
      env: { ...process.env, PLATTER_CHECKPOINT_MILLISECONDS: '60' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    let timer: NodeJS.Timeout | undefined;
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString();
      if (kill !== null && text.includes(kill.at)) {
        timer ??= setTimeout(() => child.kill('SIGKILL'), kill.after);
      }
    });
    child.on('error', reject);
    child.on('close', (_, signal) => {
      clearTimeout(timer);
      const line = /^\{.*\}$/m.exec(text)?.[0];
      if (signal === 'SIGKILL' && line === undefined) resolve(null);
      else if (line === undefined) reject(new Error(`the victim ended by itself: ${text}`));
      else resolve(JSON.parse(line) as RunEnd);
    });
  });
}

/** The SHA-256 of every file in a folder, with its name. */
async function digestsOf(folder: string): Promise<string> {
  const lines: string[] = [];
  for (const name of readdirSync(folder).sort()) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(folder, name)), hash);
    lines.push(`${hash.digest('hex')} ${name}`);
  }
  return lines.join('\n');
}
