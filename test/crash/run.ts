/** `npm run crash -- --kills 100 --format qcow2`: kills conversions and goes on with them; the exit code says whether all ended alike. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { diskDrivers } from '#engine/disks/registry.ts';
import buildThreads from '../setup/build-threads.ts';
import { crash } from './campaign.ts';

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
for (const { id, creation } of diskDrivers) {
  if (creation === undefined || (values.format !== undefined && !values.format.includes(id))) continue;
  const variant = values.variant ?? creation.variants[0]!.id;
  const report = await crash({
    format: id,
    variant,
    kills: Number(values.kills),
    folder: join(folder, id),
    sizeBytes: Number(values.mebibytes) * 2 ** 20,
    random: Math.random,
  });
  problems += report.problems.length;
  const { kills, outputs, resumed } = report;
  process.stdout.write(
    `${id} ${variant}: ${kills} kills, ${outputs} outputs (${resumed} resumed), ${report.problems.length} not alike\n`,
  );
  for (const problem of report.problems) process.stdout.write(`  ${problem}\n`);
}
if (problems === 0) rmSync(folder, { recursive: true, force: true });
process.exitCode = problems === 0 ? 0 : 1;
