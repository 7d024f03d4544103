/** Names of FAT: eleven characters of a DOS code page, and long names of UTF-16 in the entries before (section 7). */
import { escapedE5, lowerCase, type DirectoryEntry, type longNameEntry } from './layout.ts';

type LongNameEntry = ReturnType<typeof longNameEntry.decode>;

/** Code page 437, from 0x80 on: what DOS and most programs after it write. */
const codePage437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

/** `README.TXT` of an entry without a long name. */
export function shortName({ name, caseFlags }: DirectoryEntry): string {
  const bytes = name.slice();
  if (bytes[0] === escapedE5) bytes[0] = 0xe5;
  const base = dosText(bytes.subarray(0, 8)).trimEnd();
  const extension = dosText(bytes.subarray(8)).trimEnd();
  const shownBase = (caseFlags & lowerCase.base) === 0 ? base : base.toLowerCase();
  const shownExtension = (caseFlags & lowerCase.extension) === 0 ? extension : extension.toLowerCase();
  return extension === '' ? shownBase : `${shownBase}.${shownExtension}`;
}

/** A volume's label, as it stands in the root directory or the boot sector; null for none. */
export function labelText(stored: Uint8Array): string | null {
  const text = dosText(stored).split('\0', 1)[0]!.trimEnd();
  return text === '' || text === 'NO NAME' ? null : text;
}

function dosText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) =>
    byte < 0x80 ? String.fromCharCode(byte) : codePage437[byte - 0x80],
  ).join('');
}

/** The name of these entries, the first part first; a zero ends it. */
export function longName(parts: readonly LongNameEntry[]): string {
  const units = parts.flatMap(({ name1, name2, name3 }) => [name1, name2, name3]);
  return Buffer.concat(units).toString('utf16le').split('\0', 1)[0]!;
}

/** What ties long entries to the short one behind them (7.2). */
export function shortNameChecksum(name: Uint8Array): number {
  return name.reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0);
}
