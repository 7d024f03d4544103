/** Sizes as people type them. */

const sizeUnits: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** "64k" and the like in bytes, as qemu-img reads them; NaN when it is no size. */
export function parseSize(text: string): number {
  const match = /^(\d+)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim());
  return match === null ? Number.NaN : Number(match[1]) * sizeUnits[match[2]!.toLowerCase()]!;
}
