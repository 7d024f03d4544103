/** Names as texts that sort by the numbers in them. */

/** A folded name as a text that sorts as a person would: `disk2` before `disk10`. */
export function nameKey(name: string): string {
  return name.replace(/\d+/g, (digits) => {
    const significant = digits.replace(/^0+(?=\d)/, '');
    return lengthKey(significant.length) + significant;
  });
}

/** A longer number is larger; what is written for its length stays among the digits, so that numbers stand before letters. */
function lengthKey(length: number): string {
  return length < 9 ? String(length) : `9${lengthKey(length - 8)}`;
}
