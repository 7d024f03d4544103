/** Every partition table that Platter reads, and which one a disk bears. */
import type { ByteSource } from '../../bytes/source.ts';
import { apm } from './apm/index.ts';
import type { PartitionDriver } from './driver.ts';
import { gpt } from './gpt/index.ts';
import { mbr } from './mbr/index.ts';

/** In the order of asking: a GPT hides behind an MBR, and an Apple map may hide in front of both. */
export const partitionDrivers = [gpt, mbr, apm] as const satisfies readonly PartitionDriver[];

/** The driver for the table that the disk bears; null when it is none of them. */
export function probePartitions(disk: ByteSource): PartitionDriver | null {
  return partitionDrivers.find((driver) => driver.probe(disk) === 'certain') ?? null;
}
