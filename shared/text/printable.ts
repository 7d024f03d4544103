/** Text that came from outside, made safe to show on one line. */

/**
 * The text with control and direction characters spelled out: a name in a hostile file could otherwise move a terminal's
 * cursor or reverse what is read.
 */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
