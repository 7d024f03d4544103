/** How the mark of a format is drawn: letters, hue and arc follow from its id alone, so that a new format has one too. */

export interface MarkDrawing {
  /** One to three letters. */
  readonly letters: string;
  /** Index of a hue among the tokens `--mark-0` … `--mark-5`. */
  readonly hue: number;
  /** Where the arc begins, in degrees. */
  readonly turn: number;
  /** How much of the circle the arc spans, in degrees. */
  readonly sweep: number;
}

const hueCount = 6;

/** FNV-1a, 32 bits, with a final mix: short ids that differ in one letter come out far apart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 5), 0x2c1b3c6d);
  return (value ^ (value >>> 9)) >>> 0;
}

/** The letters of an id that tell it apart: `qcow2` → `QC2`, `vmdk` → `VMD`, `raw` → `RAW`. */
function lettersOf(id: string): string {
  const plain = id.replace(/[^a-z0-9]/gi, '').toUpperCase();
  const digit = /\d$/.exec(plain)?.[0];
  if (digit !== undefined && plain.length > 3) return plain.slice(0, 2) + digit;
  return plain.slice(0, 3) || '?';
}

export function drawMark(formatId: string): MarkDrawing {
  const value = hash(formatId);
  return {
    letters: lettersOf(formatId),
    hue: value % hueCount,
    turn: (value >>> 8) % 360,
    sweep: 70 + ((value >>> 17) % 120),
  };
}
