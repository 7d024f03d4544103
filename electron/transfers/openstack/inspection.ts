/** Glance's inspection, run here before the first byte is sent: an hour's upload is long for a refusal. */
import type { UploadPart } from '#shared/domain/upload.ts';
import { Failure } from '#shared/failure.ts';
import { glanceRefusal } from '../../clouds/openstack/glance.ts';
import type { Sending } from '../sending.ts';

/** @throws Failure `cloud.unsafe-image` where Glance would refuse the file. */
export function requireInspected(sending: Sending, { diskFormat, containerFormat }: UploadPart): void {
  // Glance looks into bare containers alone.
  if (containerFormat !== 'bare') return;
  const refusal = glanceRefusal(sending.inspect(), diskFormat);
  // A boot record that only looks odd is refused by some releases and logged by others: theirs to say.
  if (refusal === null || (refusal.kind === 'unsafe' && refusal.checks.includes('mbr'))) return;
  throw new Failure('cloud.unsafe-image', { path: sending.path, problem: problemOf(refusal) });
}

function problemOf(refusal: NonNullable<ReturnType<typeof glanceRefusal>>): string {
  switch (refusal.kind) {
    case 'mismatch':
      return `it is ${refusal.found}, and not ${refusal.claimed} as it was said to be`;
    case 'several':
      return `it bears the marks of ${refusal.found.join(' and ')} at once`;
    case 'truncated':
      return `it ends before all that a ${refusal.found} file needs`;
    case 'unsafe':
      return `as unsafe: ${refusal.reason}`;
  }
}
