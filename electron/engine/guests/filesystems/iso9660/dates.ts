/** Dates of ISO 9660: seven bytes in directory records (ECMA-119, 9.1.5), seventeen in descriptors (8.4.26.1). */

/** What lies between the two: UTC by the offset in quarters of an hour, as ISO 8601; null when there is no such date. */
function utc(parts: readonly number[], quarters: number): string | null {
  const [year, month, day, hour, minute, second, millisecond] = parts as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, millisecond);
  // From −12 to +13 hours; anything else is what a writer left there.
  const offset = Math.abs(quarters) <= 56 ? quarters * 15 * 60_000 : 0;
  return new Date(date.getTime() - offset).toISOString();
}

const signed = (byte: number): number => (byte << 24) >> 24;

/** Seven bytes as ISO 8601; null when they are none. */
export function decodeShortDate(bytes: Uint8Array): string | null {
  const [years, month, day, hour, minute, second, offset] = bytes as unknown as number[];
  if (month === 0 || offset === undefined) return null;
  return utc([1900 + years!, month!, day!, hour!, minute!, second!, 0], signed(offset));
}

/** Seventeen bytes as ISO 8601; null when they are none: zeros, or not digits. */
export function decodeLongDate(bytes: Uint8Array): string | null {
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(
    String.fromCharCode(...bytes.subarray(0, 16)),
  );
  if (found === null) return null;
  const parts = found.slice(1).map(Number);
  return parts[0] === 0 ? null : utc([...parts.slice(0, 6), parts[6]! * 10], signed(bytes[16]!));
}

/** In UTC. Years before 1900 and after 2155 become the nearest that can be written. */
export function encodeShortDate(date: Date): Uint8Array {
  const year = Math.min(Math.max(date.getUTCFullYear() - 1900, 0), 255);
  return Uint8Array.of(
    year,
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    0,
  );
}

/** In UTC, to the second; null writes the "not specified" of the standard. */
export function encodeLongDate(date: Date | null): Uint8Array {
  const bytes = new Uint8Array(17).fill(0x30);
  bytes[16] = 0;
  if (date === null) return bytes;
  const digits = `${date.toISOString().replace(/\D/g, '').slice(0, 14)}00`;
  for (let at = 0; at < 16; at++) bytes[at] = digits.charCodeAt(at);
  return bytes;
}
