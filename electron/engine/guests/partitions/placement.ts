/** Where partitions may not lie: past the end of the disk, or over each other. */
import type { Partition } from '#shared/domain/guest.ts';
import type { Warning } from '#shared/domain/image.ts';
import { inEnglish } from '#shared/in-english.ts';

type Placed = Omit<Partition, 'volume'>;

/** More than a page of details shows; the rest is counted. */
const mostWarnings = 8;

export interface Placement {
  /** Those that lie on the disk, in their order. */
  readonly partitions: readonly Placed[];
  readonly warnings: readonly Warning[];
}

/** Leaves out what reaches over the end of a disk of `diskBytes`, and says so; says what overlaps. */
export function judgePlacement(
  partitions: readonly Placed[],
  diskBytes: number,
  isContainer: (partition: Placed) => boolean = () => false,
): Placement {
  const beyond = partitions.filter(({ start, length }) => start + length > diskBytes);
  const within = partitions.filter(({ start, length }) => start + length <= diskBytes);
  const pastEnd = beyond.map(({ number, start, length }) => ({
    code: 'partition.past-end',
    message: inEnglish(
      'Partition {number} ends at byte {start}, but the disk has {diskBytes}: it is cut off, or too small.',
      { number, start: start + length, diskBytes },
    ),
  }));
  return { partitions: within, warnings: [...shortened(pastEnd), ...overlaps(within, isContainer)] };
}

function overlaps(partitions: readonly Placed[], isContainer: (partition: Placed) => boolean): Warning[] {
  const found: Warning[] = [];
  const byStart = partitions.filter((one) => !isContainer(one)).sort((a, b) => a.start - b.start);
  let widest: Placed | undefined;
  for (const next of byStart) {
    if (widest !== undefined && widest.start + widest.length > next.start) {
      found.push({
        code: 'partition.overlap',
        message: inEnglish(
          'Partitions {number} and {number2} overlap: what is written to one damages the other.',
          { number: widest.number, number2: next.number },
        ),
      });
    }
    if (widest === undefined || next.start + next.length > widest.start + widest.length) widest = next;
  }
  return shortened(found);
}

function shortened(warnings: readonly Warning[]): Warning[] {
  const rest = warnings.length - mostWarnings;
  if (rest <= 0) return [...warnings];
  const { code } = warnings[0]!;
  return [
    ...warnings.slice(0, mostWarnings),
    { code, message: inEnglish('The same is true {rest} more times.', { rest }) },
  ];
}
