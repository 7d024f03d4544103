/** What Macs see on a hybrid medium: an HFS or HFS+ volume beside ISO 9660 (Inside Macintosh: Files; Apple TN1150). */
import { readBytes, type ByteSource } from '../../bytes/source.ts';
import { struct, u16be } from '../../bytes/struct.ts';

/** The volume header lies behind two boot blocks. */
const headerOffset = 1024;
const volumeHeader = struct({ format: 'hfs', name: 'volume header' }, 4, {
  signature: u16be(0),
  version: u16be(2),
});
const titles: Readonly<Record<number, string>> = { 0x4244: 'HFS', 0x482b: 'HFS+', 0x4858: 'HFSX' };
/** An HFS volume may be no more than a wrapper around HFS+ (drEmbedSigWord). */
const embeddedSignatureOffset = 124;

/** The Mac file system of the volume that begins at `volumeOffset`; null when there is none. */
export function appleFileSystem(source: ByteSource, volumeOffset: number): string | null {
  const at = volumeOffset + headerOffset;
  if (at + embeddedSignatureOffset + 2 > source.sizeBytes) return null;
  const bytes = readBytes(source, at, embeddedSignatureOffset + 2);
  const title = titles[volumeHeader.decode(bytes).signature];
  if (title !== 'HFS') return title ?? null;
  const embedded = new DataView(bytes.buffer).getUint16(embeddedSignatureOffset, false);
  return embedded === 0x482b ? 'HFS+ in HFS' : title;
}
