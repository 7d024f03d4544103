/** The header of a member in a cpio archive, "newc" (Documentation/driver-api/early-userspace/buffer-format.rst). */
import { inEnglish } from '#shared/in-english.ts';
import { ascii, struct, type Field } from '../../bytes/struct.ts';

/** Eight hexadecimal digits. */
function hex8(offset: number): Field<number> {
  const text = ascii(offset, 8);
  return {
    offset,
    sizeBytes: 8,
    get: (view, at) => {
      const digits = text.get(view, at);
      if (!/^[0-9a-fA-F]{8}$/.test(digits)) throw new RangeError(inEnglish('it is not a hexadecimal number'));
      return parseInt(digits, 16);
    },
    set: (view, at, value) => text.set(view, at, value.toString(16).toUpperCase().padStart(8, '0')),
  };
}

export const cpioHeader = struct({ format: 'initramfs', name: 'cpio header' }, 110, {
  /** 070701, or 070702 where `check` is a sum of the data. */
  magic: ascii(0, 6),
  mode: hex8(14),
  mtime: hex8(46),
  fileSize: hex8(54),
  /** With the NUL at its end. */
  nameSize: hex8(94),
  check: hex8(102),
});

/** Both magics of the format. */
export const cpioMagic = /^07070[12]$/;
/** The name of the member that ends an archive. */
export const trailerName = 'TRAILER!!!';
/** Headers with their names, and data, are padded to a multiple of it. */
export const alignmentBytes = 4;
