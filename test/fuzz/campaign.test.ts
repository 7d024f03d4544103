/** A bounded slice of the fuzzing: no mutated image crashes or hangs a reader, or is read otherwise than qemu-img reads it. */
import { expect, it } from 'vitest';
import { scratchFolder } from '../electron/engine/scratch.ts';
import { describeWith } from '../setup/tools.ts';
import { findingLine, runCampaign } from './campaign.ts';

describeWith('qemu-img', 'mutated images', () => {
  const folder = scratchFolder();

  it('end in a Failure, or in the bytes that qemu-img reads', { timeout: 300_000 }, async () => {
    const { trials, findings } = await runCampaign({ folder, seed: 2026, trialsPerSpecimen: 60 });
    expect(findings.map(findingLine)).toEqual([]);
    expect(trials).toBeGreaterThan(300);
  });
});
