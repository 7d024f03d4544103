/** What many clouds ask in the same way: formats, wrappers, packages, sizes, firmware. */
import type { Fix } from '#shared/domain/preflight.ts';
import { asValue, inEnglish, type MessageValue } from '#shared/in-english.ts';
import { formatName } from '#shared/domain/format-name.ts';
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
export function takesFormats(taker: MessageValue, accepted: readonly AcceptedFormat[], fix: Fix): Check {
  return ({ disk: { format, variant }, staysPackaged }) => {
    if (staysPackaged) return null;
    const sameFormat = accepted.find((candidate) => candidate.format === format);
    if (sameFormat !== undefined) {
      const { variants } = sameFormat;
      if (variants === undefined || variants.some((name) => sameName(name, variant))) return null;
      const message = inEnglish('{taker} takes {format} files that are {variants}; this one is {variant}.', {
        taker,
        format: formatName(format),
        variants: { anyOf: variants },
        variant: variant ?? asValue(inEnglish('another')),
      });
      return { message, fix };
    }
    const known = accepted.map((candidate) => formatName(candidate.format)).join(', ');
    return {
      message: inEnglish('{taker} does not take {format} files; it takes {known}.', {
        taker,
        format: formatName(format),
        known,
      }),
      fix,
    };
  };
}

/** VMDK's create types are compared without regard to case. */
export const sameName = (name: string, other: string | null): boolean =>
  name.toLowerCase() === other?.toLowerCase();

/** The file is not compressed as a whole, or with one of these. */
export function takesWrappers(taker: MessageValue, accepted: readonly string[], fix: Fix): Check {
  return ({ disk: { wrapper } }) => {
    if (wrapper === null || accepted.includes(wrapper)) return null;
    const message =
      accepted.length === 0
        ? inEnglish('The file is compressed with {wrapper}; {taker} takes no compressed files.', {
            wrapper,
            taker,
          })
        : inEnglish(
            'The file is compressed with {wrapper}; {taker} takes files compressed with {accepted}.',
            {
              wrapper,
              taker,
              accepted: { anyOf: accepted },
            },
          );
    return { message, fix };
  };
}

/** The disk has a whole number of units. */
export function wholeUnits(taker: MessageValue, unitBytes: number, unit: string): Check {
  return onSize((bytes) =>
    bytes % unitBytes === 0
      ? null
      : {
          message: inEnglish('{taker} counts disks in whole {unit}; this one ends {missing} short of that.', {
            taker,
            unit,
            missing: { bytes: unitBytes - (bytes % unitBytes) },
          }),
          fix: inEnglish('Grow the disk to {size}', {
            size: { bytes: Math.ceil(bytes / unitBytes) * unitBytes },
          }),
          mends: 'growth',
        },
  );
}

export function atMost(taker: MessageValue, mostBytes: number, words: MessageValue): Check {
  return onSize((bytes) =>
    bytes <= mostBytes
      ? null
      : {
          message: inEnglish('{taker} takes disks of up to {words}; this one has {size}.', {
            taker,
            words,
            size: { bytes },
          }),
        },
  );
}

/** Some firmware finds something to start. Disks that only hold data need none. */
export function starts(firmware: string): Check {
  return onLayout(({ boot: { bios, uefi, efiSystemPartition } }, { boots }) => {
    if (!boots || bios || uefi !== false) return null;
    return {
      message: efiSystemPartition
        ? inEnglish(
            'Nothing on the disk starts: its EFI system partition has no loader where firmware looks for one, and there is no boot code for BIOS. {firmware}',
            { firmware: asValue(firmware) },
          )
        : inEnglish(
            'Nothing on the disk starts: there is neither boot code for BIOS nor an EFI system partition. {firmware}',
            { firmware: asValue(firmware) },
          ),
    };
  });
}

/** The guest does not ask for a passphrase before it starts. */
export function startsWithoutPassphrase(taker: MessageValue): Check {
  return onLayout(({ encryptedVolumes }) =>
    encryptedVolumes === 0
      ? null
      : { message: inEnglish('{taker} does not take disks with encrypted volumes.', { taker }) },
  );
}
