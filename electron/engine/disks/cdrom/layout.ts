/** The sectors of a CD-ROM as they lie on the disc (ECMA-130, section 14; Yellow Book, CD-ROM XA). */
import { bytes, struct, u8 } from '../../bytes/struct.ts';

export const format = 'cdrom';

/** A whole sector, and what of it the user's data are in mode 1 and in form 1 of mode 2. */
export const rawSectorBytes = 2352;
export const userDataBytes = 2048;

/** Twelve bytes that begin every data sector (14.2). */
export const syncPattern = Uint8Array.of(0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0);

/** Sync, address in minutes, seconds and frames (binary-coded decimal), and mode. */
export const sectorHeader = struct({ format, name: 'sector header' }, 16, {
  sync: bytes(0, 12),
  minute: u8(12),
  second: u8(13),
  frame: u8(14),
  mode: u8(15),
});

/** Behind the header: at once in mode 1, after the subheader (twice four bytes) in mode 2. */
export const userDataOffset = { mode1: 16, mode2: 24 } as const;
/** The third byte of the subheader, and its bit that says form 2: 2324 bytes without correction (CD-ROM XA). */
export const submodeOffset = 18;
export const submodeForm2 = 0x20;

export const framesPerSecond = 75;
