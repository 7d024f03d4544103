/** `npm run fuzz -- [--minutes N] [--seed N] [--format ID]`: fuzzes for as long as one likes, and prints what it found. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findingLine, runCampaign } from './campaign.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    format: { type: 'string', multiple: true },
  },
});
const end = Date.now() + Number(values.minutes) * 60_000;
let failed = false;
for (let seed = Number(values.seed); Date.now() < end; seed += 1000) {
  const folder = mkdtempSync(join(tmpdir(), 'platter-fuzz-'));
  try {
    const { trials, verdicts, findings } = await runCampaign({
      folder,
      seed,
      trialsPerSpecimen: 200,
      limitMilliseconds: end - Date.now(),
      ...(values.format === undefined ? {} : { formats: values.format }),
    });
    console.log(`seed ${seed}: ${trials} trials, ${JSON.stringify(verdicts)}`);
    for (const finding of findings) console.log(findingLine(finding));
    failed ||= findings.length > 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exitCode = failed ? 1 : 0;
