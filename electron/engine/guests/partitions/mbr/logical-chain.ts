/** Logical partitions: a chain of boot records inside the extended partition, each naming one and the next record. */
import type { Span, Warning } from '#shared/domain/image.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { ByteSource } from '../../../bytes/source.ts';
import { readBootRecord, type BootRecordEntry } from '../boot-record.ts';
import { extendedTypes } from './partition-kinds.ts';

/** Linux stops at 256 minors; no program makes nearly as many. */
const mostRecords = 256;

export interface LogicalChain {
  /** With places in bytes of the disk. */
  readonly logicals: readonly (Span & { readonly entry: BootRecordEntry })[];
  readonly warnings: readonly Warning[];
}

/** Follows the chain that begins at `extended`, in sectors of 512 bytes. Ends at a loop, at the first damage, and at 256 records. */
export function readLogicalChain(disk: ByteSource, extended: Span): LogicalChain {
  const logicals: (Span & { entry: BootRecordEntry })[] = [];
  const seen = new Set<number>();
  const broken = (message: Message): LogicalChain => ({
    logicals,
    warnings: [{ code: 'mbr.broken-chain', message }],
  });
  let at = extended.start;
  for (;;) {
    if (seen.has(at)) return broken(inEnglish('The chain of logical partitions comes back to itself.'));
    if (seen.size >= mostRecords)
      return broken(inEnglish('There are over {mostRecords} logical partitions.', { mostRecords }));
    seen.add(at);
    const record = readBootRecord(disk, at);
    if (record === null) {
      return broken(
        inEnglish('The chain of logical partitions breaks off at byte {at}: those behind it are lost.', {
          at,
        }),
      );
    }
    let next: BootRecordEntry | null = null;
    for (const entry of record.entries) {
      if (entry.type === 0 || entry.sizeInLba === 0) continue;
      if (extendedTypes.includes(entry.type)) next ??= entry;
      else {
        const start = at + entry.startingLba * 512;
        logicals.push({ start, length: entry.sizeInLba * 512, entry });
      }
    }
    if (next === null) return { logicals, warnings: [] };
    // The link counts from the extended partition's start, the logical from its own record.
    at = extended.start + next.startingLba * 512;
    if (at >= extended.start + extended.length) {
      return broken(inEnglish('The chain of logical partitions leaves the extended partition.'));
    }
  }
}
