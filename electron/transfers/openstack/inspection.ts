/** Glance's inspection, run here before the first byte is sent: an hour's upload is long for a refusal. */
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import { glanceRefusal, type GlanceRefusal } from '../../clouds/openstack/glance.ts';
import type { Sending } from '../sending.ts';
import type { NewImage } from './glance.ts';

/** @throws Failure `cloud.unsafe-image` where Glance would refuse the file. */
export function requireInspected(
  sending: Sending,
  { diskFormat, containerFormat }: Pick<NewImage, 'diskFormat' | 'containerFormat'>,
): void {
  // Glance looks into bare containers alone.
  if (containerFormat !== 'bare') return;
  const refusal = glanceRefusal(sending.inspect(), diskFormat);
  if (refusal === null || isTheirsToSay(refusal, diskFormat)) return;
  throw new Failure('cloud.unsafe-image', { path: sending.path, problem: problemOf(refusal) });
}

/** A boot record that only looks odd, and a medium that is a disk as well: some releases refuse them, others do not. */
function isTheirsToSay(refusal: GlanceRefusal, diskFormat: string): boolean {
  if (refusal.kind === 'unsafe') return refusal.checks.includes('mbr');
  const isMedium = refusal.kind === 'several' && diskFormat === 'iso';
  return isMedium && refusal.found.every((format) => format === 'iso' || format === 'gpt');
}

function problemOf(refusal: GlanceRefusal): Message {
  switch (refusal.kind) {
    case 'mismatch':
      return inEnglish('it is {found}, and not {claimed} as it was said to be', {
        found: refusal.found,
        claimed: refusal.claimed,
      });
    case 'several':
      return inEnglish('it bears the marks of {found} at once', { found: { allOf: refusal.found } });
    case 'truncated':
      return inEnglish('it ends before all that a {found} file needs', { found: refusal.found });
    case 'unsized':
      return inEnglish('its virtual size cannot be told: {reason}', { reason: asValue(refusal.reason) });
    case 'unsafe':
      return inEnglish('as unsafe: {reason}', { reason: asValue(refusal.reason) });
  }
}
