/** What a partition table is to Platter: where the volumes of a disk lie. */
import type { Partition } from '#shared/domain/guest.ts';
import type { Fact, Warning } from '#shared/domain/image.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { Certainty } from '../../disks/driver.ts';

/** A table as it stands on the disk; what the partitions hold is not looked at. */
export interface TableContent {
  /** The logical sector in which the table counts, in bytes. */
  readonly sectorBytes: number;
  /** In the table's order; those that reach over the disk's end are left out, with a warning. */
  readonly partitions: readonly Omit<Partition, 'volume'>[];
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
}

export interface PartitionDriver<Id extends string = string> {
  readonly id: Id;
  readonly title: string;
  /** By content. Never throws for what the disk holds. */
  probe(disk: ByteSource): Certainty;
  /** @throws Failure `image.malformed`. Does not own `disk`. */
  read(disk: ByteSource): TableContent;
}
