/** `npm run crash:library -- --kills 200`: kills a library that is scanned, edited and worked with; the exit code says whether nothing was lost. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import buildThreads from '../setup/build-threads.ts';
import { crashLibrary } from './library-campaign.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, folder: { type: 'string' } },
});

await buildThreads();
const folder = mkdtempSync(join(values.folder ?? tmpdir(), 'platter-crash-'));
const { kills, edits, jobs, entries, problems } = await crashLibrary({
  kills: Number(values.kills),
  folder: join(folder, 'library'),
  random: Math.random,
});
process.stdout.write(
  `library: ${kills} kills, ${edits} edits and ${jobs} jobs acknowledged, ${entries} entries, ${problems.length} problems\n`,
);
for (const problem of problems) process.stdout.write(`  ${problem}\n`);
if (problems.length === 0) rmSync(folder, { recursive: true, force: true });
else process.stdout.write(`  left in ${folder}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
