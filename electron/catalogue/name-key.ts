/** Names as texts that sort by the numbers in them. */

/** A folded name as a text that sorts as a person would: `disk2` before `disk10`. */
export function nameKey(name: string): string {
  let key = '';
  let copied = 0;
  for (let at = 0; at < name.length; at++) {
    if (!isDigit(name, at)) continue;
    key += name.slice(copied, at);
    let start = at;
    while (isDigit(name, at + 1)) at += 1;
    while (start < at && name[start] === '0') start += 1;
    const digits = name.slice(start, at + 1);
    key += lengthKey(digits.length) + digits;
    copied = at + 1;
  }
  return copied === 0 ? name : key + name.slice(copied);
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

/** A longer number is larger; what is written for its length stays among the digits, so that numbers stand before letters. */
function lengthKey(length: number): string {
  return length < 9 ? String(length) : `9${lengthKey(length - 8)}`;
}
