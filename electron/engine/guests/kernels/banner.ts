/** linux_banner: the line "Linux version …" that every Linux kernel carries and prints first (init/version.c). */
import type { UnsizedBytes } from './unsized-bytes.ts';

/** Kernels with all their debugging symbols are larger, but the line lies before those. */
const scanLimitBytes = 256 << 20;
const stepBytes = 1 << 20;
const longestBanner = 1024;
const mark = 'Linux version ';
/** How many times it was built, before the date: `#1 SMP`. */
const numbered = /#\d/;

export interface KernelVersion {
  /** As `uname -r` prints it. */
  readonly version: string;
  /** Who built it, with what, and when; null where nothing more is said. */
  readonly build: string | null;
}

/**
 * The line found in a kernel that is not compressed (any more); null when there is none in the first 256 MiB. Since 6.1
 * a copy without the build's number may lie before the one that is printed.
 */
export function findBanner(bytes: UnsizedBytes): KernelVersion | null {
  let unnumbered: KernelVersion | null = null;
  for (let offset = 0; offset < scanLimitBytes; offset += stepBytes) {
    const block = Buffer.from(bytes.read(offset, stepBytes + longestBanner).buffer);
    for (let at = block.indexOf(mark); at !== -1 && at < stepBytes; at = block.indexOf(mark, at + 1)) {
      const found = parseVersion(cString(block.subarray(at + mark.length, at + longestBanner)));
      if (found !== null && numbered.test(found.build ?? '')) return found;
      unnumbered ??= found;
    }
    if (block.length <= stepBytes) break;
  }
  return unnumbered;
}

/** "6.1.0-13-arm64 (debian-kernel@…) #1 SMP …" in its parts; null when it does not begin with a version. */
export function parseVersion(text: string): KernelVersion | null {
  const match = /^(\d+\.\d+[^\s(]{0,128})(?:\s+([^\n]*))?/.exec(text);
  if (match === null) return null;
  const build = (match[2] ?? '').trim();
  return { version: match[1]!, build: build === '' ? null : build };
}

/** The text up to a NUL or an end of line; what does not print becomes "?". */
export function cString(bytes: Uint8Array): string {
  const end = bytes.findIndex((byte) => byte === 0 || byte === 10);
  return [...bytes.subarray(0, end === -1 ? bytes.length : end)]
    .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '?'))
    .join('');
}
