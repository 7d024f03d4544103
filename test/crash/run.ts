/** `npm run crash -- --kills 100 --format qcow2`: kills jobs and goes on with them; the exit code says whether all ended alike. */
// `--format as-is` copies a whole file, `--format package` extracts two disks.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import buildThreads from '../setup/build-threads.ts';
import { crash } from './campaign.ts';
import { subjects } from './subjects.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    format: { type: 'string', multiple: true },
    variant: { type: 'string' },
    mebibytes: { type: 'string', default: '96' },
    folder: { type: 'string' },
  },
});

await buildThreads();
const folder = mkdtempSync(join(values.folder ?? tmpdir(), 'platter-crash-'));
let problems = 0;
const all = subjects(values.variant);
const chosen = all.filter(({ name }) => values.format?.includes(name) ?? true);
if (chosen.length === 0) throw new Error(`--format is one of ${all.map(({ name }) => name).join(', ')}`);
for (const subject of chosen) {
  const report = await crash({
    subject,
    kills: Number(values.kills),
    folder: join(folder, subject.name),
    sizeBytes: Number(values.mebibytes) * 2 ** 20,
    random: Math.random,
  });
  problems += report.problems.length;
  const { kills, outputs, resumed } = report;
  process.stdout.write(
    `${subject.name} ${subject.variant ?? ''}: ${kills} kills, ${outputs} outputs (${resumed} resumed), ${report.problems.length} not alike\n`,
  );
  for (const problem of report.problems) process.stdout.write(`  ${problem}\n`);
}
if (problems === 0) rmSync(folder, { recursive: true, force: true });
process.exitCode = problems === 0 ? 0 : 1;
