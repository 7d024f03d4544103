/** Glance's verdict over an upload, from what oslo.utils' inspector says of the file and the disk_format that is claimed. */
import type { DiskFacts, StreamInspection } from '#shared/domain/preflight.ts';
import type { Message } from '#shared/in-english.ts';

/** What Glance would say; null where it takes the file. */
export type GlanceRefusal =
  | { readonly kind: 'mismatch'; readonly claimed: string; readonly found: string }
  | { readonly kind: 'several'; readonly found: readonly string[] }
  | { readonly kind: 'truncated'; readonly found: string }
  | { readonly kind: 'unsized'; readonly found: string; readonly reason: Message }
  | {
      readonly kind: 'unsafe';
      readonly found: string;
      readonly checks: readonly string[];
      readonly reason: Message;
    };

/** Names that Glance has for what nobody can inspect: taken as long as nothing is recognised (glance/location.py, set_data). */
const uninspected: readonly string[] = ['ami', 'aki', 'ari', 'ploop'];
const boots: Readonly<Record<string, string>> = { kernel: 'aki', ramdisk: 'ari' };
const named: readonly string[] = ['qcow2', 'vmdk', 'vdi', 'vhd', 'vhdx', 'iso'];

/** The disk_format that the image is declared as: what it is, in Glance's words. */
export function diskFormatOf({ kind, format }: Pick<DiskFacts, 'kind' | 'format'>): string {
  return boots[kind] ?? (named.includes(format) ? format : 'raw');
}

/**
 * The verdict of Glance 30 (2025.1), `require_image_format_match` on as it is by default. Failed checks of the boot record
 * are among those that it only logs by default; they are answered all the same, for later releases refuse them.
 */
export function glanceRefusal(inspection: StreamInspection, claimed: string): GlanceRefusal | null {
  const { matches, breaksOff } = inspection;
  if (breaksOff) return null;
  if (matches.length > 1) return { kind: 'several', found: matches.map(({ format }) => format) };
  const match = matches[0];
  const found = match?.format ?? 'raw';
  const passes = found === claimed || claimed === 'raw' || (found === 'raw' && uninspected.includes(claimed));
  if (!passes) return { kind: 'mismatch', claimed, found };
  if (match === undefined) return null;
  if (!match.complete) return { kind: 'truncated', found };
  const [first] = match.failures;
  if (first !== undefined) {
    return { kind: 'unsafe', found, checks: match.failures.map(({ check }) => check), reason: first.reason };
  }
  // The virtual size is only looked up for a file that is what it claims: as raw, its own length counts.
  if (found !== claimed || match.sizeProblem === null) return null;
  return { kind: 'unsized', found, reason: match.sizeProblem };
}
