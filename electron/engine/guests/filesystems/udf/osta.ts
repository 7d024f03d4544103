/** Texts and dates of UDF: OSTA compressed Unicode (UDF 2.1.1), dstrings (2.1.3), timestamps (ECMA-167 1/7.3). */
import { decodeUtf16be } from '../../optical/entry-name.ts';

/** A text whose first byte says how wide its characters are; '' for what is none. */
export function compressedUnicode(bytes: Uint8Array): string {
  const width = bytes[0];
  const characters = bytes.subarray(1);
  // 254 and 255 mark names that were deleted.
  if (width === 16 || width === 255) return decodeUtf16be(characters);
  if (width !== 8 && width !== 254) return '';
  return Buffer.from(characters.buffer, characters.byteOffset, characters.length).toString('latin1');
}

/** A text in a field of fixed length, whose last byte says how much of it is used. */
export function dstring(field: Uint8Array): string {
  const used = Math.min(field[field.length - 1]!, field.length - 1);
  return compressedUnicode(field.subarray(0, used)).replace(/\0.*$/s, '').trim();
}

const zoneUnspecified = -2047;

/** Twelve bytes as ISO 8601; null when they are no date. */
export function timestamp(bytes: Uint8Array): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const year = view.getInt16(2, true);
  const [month, day, hour, minute, second, centiseconds] = bytes.subarray(4, 10);
  if (year < 1 || year > 9999 || month! < 1 || month! > 12 || day! < 1 || day! > 31) return null;
  if (hour! > 23 || minute! > 59 || second! > 60 || centiseconds! > 99) return null;
  const zone = (view.getUint16(0, true) << 20) >> 20;
  const minutes = zone === zoneUnspecified || Math.abs(zone) > 1440 ? 0 : zone;
  const date = new Date(0);
  date.setUTCFullYear(year, month! - 1, day);
  date.setUTCHours(hour!, minute! - minutes, second, centiseconds! * 10);
  return date.toISOString();
}
