/** Units of quantities in bytes: programmatic units (DSP0004 2.7, annex C), and the words that products write instead. */

/** Before programmatic units CIM had these names, and meant powers of 1,024 by them; so do the products that use them. */
const words: Readonly<Record<string, number>> = {
  '': 1,
  byte: 1,
  bytes: 1,
  b: 1,
  ...prefixed('kilo', 'ki', 'k', 10),
  ...prefixed('mega', 'mi', 'm', 20),
  ...prefixed('giga', 'gi', 'g', 30),
  ...prefixed('tera', 'ti', 't', 40),
  ...prefixed('peta', 'pi', 'p', 50),
};

function prefixed(long: string, binary: string, short: string, exponent: number): Record<string, number> {
  const factor = 2 ** exponent;
  const names = [`${long}byte`, `${long}bytes`, `${long.slice(0, 2)}bibyte`, `${long.slice(0, 2)}bibytes`];
  return Object.fromEntries([...names, `${binary}b`, `${short}b`, short].map((name) => [name, factor]));
}

/**
 * How many bytes one unit is: `byte * 2^30`, `byte*1024`, `MegaBytes`, `KB`. Null when it is no amount of bytes
 * (`hertz * 10^6`) or not understood.
 */
export function bytesPerUnit(unit: string): number | null {
  const [base, ...factors] = unit
    .trim()
    .toLowerCase()
    .split(/(?=[*/])/);
  let result = words[base!.trim()] ?? null;
  for (const factor of factors) {
    const match = /^([*/])\s*\+?(\d{1,15})\s*(?:\^\s*(-?\d{1,3}))?$/.exec(factor.trim());
    if (match === null || result === null) return null;
    const value = Number(match[2]) ** Number(match[3] ?? 1);
    result = match[1] === '*' ? result * value : result / value;
  }
  return result !== null && result > 0 && Number.isFinite(result) ? result : null;
}

/** `quantity` units in whole bytes; null when it is no number, negative, or more than a number holds exactly. */
export function quantityInBytes(quantity: string, unitBytes: number): number | null {
  const text = quantity.trim();
  if (!/^\d{1,18}(\.\d{1,9})?$/.test(text)) return null;
  // Products that write fractions of a unit (0.5 GB) round the last byte anyway.
  const bytes =
    /^\d+$/.test(text) && Number.isInteger(unitBytes)
      ? Number(BigInt(text) * BigInt(unitBytes))
      : Math.round(Number(text) * unitBytes);
  return Number.isSafeInteger(bytes) ? bytes : null;
}
