/** What many clouds ask in the same way: formats, wrappers, packages, sizes, firmware. */
import type { Fix } from '#shared/domain/preflight.ts';
import { formatBytes } from '#shared/text/units.ts';
import { onLayout, onSize, type Subject, type Violation } from './cloud.ts';

type Check = (subject: Subject) => Violation | null;

export const mebibyte = 2 ** 20;
export const gibibyte = 2 ** 30;
export const tebibyte = 2 ** 40;
/** As sales departments count. */
export const gigabyte = 10 ** 9;

/** A format's id, and its variants where not all of them will do. */
export interface AcceptedFormat {
  readonly format: string;
  readonly variants?: readonly string[];
}

/** The disk has one of these formats. `fix` says what it is made into otherwise. */
export function takesFormats(taker: string, accepted: readonly AcceptedFormat[], fix: Fix): Check {
  return ({ disk: { format, variant }, staysPackaged }) => {
    if (staysPackaged) return null;
    const sameFormat = accepted.find((candidate) => candidate.format === format);
    if (sameFormat !== undefined) {
      const { variants } = sameFormat;
      if (variants === undefined || variants.some((name) => sameName(name, variant))) return null;
      const message = `${taker} takes ${format} files that are ${variants.join(' or ')}; this one is ${variant ?? 'another'}.`;
      return { message, fix };
    }
    const known = accepted.map((candidate) => candidate.format).join(', ');
    return { message: `${taker} does not take ${format} files; it takes ${known}.`, fix };
  };
}

/** VMDK's create types are compared without regard to case. */
export const sameName = (name: string, other: string | null): boolean =>
  name.toLowerCase() === other?.toLowerCase();

/** The file is not compressed as a whole, or with one of these. */
export function takesWrappers(taker: string, accepted: readonly string[], fix: Fix): Check {
  return ({ disk: { wrapper } }) => {
    if (wrapper === null || accepted.includes(wrapper)) return null;
    const rest =
      accepted.length === 0 ? 'no compressed files' : `files compressed with ${accepted.join(' or ')}`;
    return { message: `The file is compressed with ${wrapper}; ${taker} takes ${rest}.`, fix };
  };
}

/** The disk has a whole number of units. */
export function wholeUnits(taker: string, unitBytes: number, unit: string): Check {
  return onSize((bytes) =>
    bytes % unitBytes === 0
      ? null
      : {
          message: `${taker} counts disks in whole ${unit}; this one ends ${formatBytes(unitBytes - (bytes % unitBytes))} short of that.`,
          fix: `Grow the disk to ${formatBytes(Math.ceil(bytes / unitBytes) * unitBytes)}`,
          mends: 'growth',
        },
  );
}

export function atMost(taker: string, mostBytes: number, words: string): Check {
  return onSize((bytes) =>
    bytes <= mostBytes
      ? null
      : { message: `${taker} takes disks of up to ${words}; this one has ${formatBytes(bytes)}.` },
  );
}

/** Some firmware finds something to start. Disks that only hold data need none. */
export function starts(firmware: string): Check {
  return onLayout(({ boot: { bios, uefi, efiSystemPartition } }, { boots }) => {
    if (!boots || bios || uefi !== false) return null;
    const reason = efiSystemPartition
      ? 'its EFI system partition has no loader where firmware looks for one, and there is no boot code for BIOS'
      : 'there is neither boot code for BIOS nor an EFI system partition';
    return { message: `Nothing on the disk starts: ${reason}. ${firmware}` };
  });
}

/** The guest does not ask for a passphrase before it starts. */
export function startsWithoutPassphrase(taker: string): Check {
  return onLayout(({ encryptedVolumes }) =>
    encryptedVolumes === 0 ? null : { message: `${taker} does not take disks with encrypted volumes.` },
  );
}
