/** The persistent dirty bitmaps of a qcow2 image, listed (section Bitmaps). */
import type { Fact } from '#shared/domain/image.ts';
import { readBytes, requireWithin, type ByteSource } from '../../bytes/source.ts';
import { decodeExtension, decodeText } from './header-extensions.ts';
import type { Header } from './header.ts';
import {
  bitmapDirectoryEntry,
  bitmapsExtension,
  maximumBitmapDirectoryBytes,
  maximumBitmaps,
  roundUp,
} from './layout.ts';

/** Facts are for reading: of more bitmaps than this only the number is said. */
const maximumListed = 50;

/** The bits of a bitmap directory entry's flags. */
const inUse = 1;
const auto = 2;

/**
 * One fact for each bitmap of a consistent bitmaps extension.
 * @throws Failure `image.malformed`, `image.truncated`.
 */
export function readBitmapFacts(file: ByteSource, header: Header): Fact[] {
  const { bitmaps } = header.extensions;
  if (bitmaps === null || !header.bitmapsConsistent) return [];
  const { nbBitmaps, bitmapDirectoryOffset, bitmapDirectorySize } = decodeExtension(
    bitmaps,
    bitmapsExtension,
  );
  if (nbBitmaps === 0 || nbBitmaps > maximumBitmaps) {
    throw bitmapsExtension.malformed('nbBitmaps', `${nbBitmaps} is not from 1 to ${maximumBitmaps}`);
  }
  const leastBytes = nbBitmaps * bitmapDirectoryEntry.sizeBytes;
  if (bitmapDirectorySize < leastBytes || bitmapDirectorySize > maximumBitmapDirectoryBytes) {
    const problem = `${bitmapDirectorySize} bytes do not fit ${nbBitmaps} bitmaps`;
    throw bitmapsExtension.malformed('bitmapDirectorySize', problem);
  }
  if (bitmapDirectoryOffset === 0 || bitmapDirectoryOffset % header.clusterBytes !== 0) {
    const problem = `${bitmapDirectoryOffset} is not the start of a cluster after the header`;
    throw bitmapsExtension.malformed('bitmapDirectoryOffset', problem);
  }
  requireWithin(file, bitmapDirectoryOffset, bitmapDirectorySize);
  const facts: Fact[] = [];
  const end = bitmapDirectoryOffset + bitmapDirectorySize;
  let at = bitmapDirectoryOffset;
  for (let index = 0; index < Math.min(nbBitmaps, maximumListed); index++) {
    const entry = bitmapDirectoryEntry.read(file, at);
    const nameAt = at + bitmapDirectoryEntry.sizeBytes + entry.extraDataSize;
    const next = roundUp(nameAt + entry.nameSize, 8);
    if (next > end) throw bitmapDirectoryEntry.malformed('nameSize', 'the entry leaves the directory', at);
    if (entry.granularityBits > 63) {
      throw bitmapDirectoryEntry.malformed('granularityBits', `${entry.granularityBits} is more than 63`, at);
    }
    const name = decodeText(readBytes(file, nameAt, entry.nameSize));
    facts.push({ label: 'Bitmap', value: describe(name, entry.granularityBits, entry.flags) });
    at = next;
  }
  if (nbBitmaps > maximumListed) {
    facts.push({ label: 'Further bitmaps', value: `${nbBitmaps - maximumListed}` });
  }
  return facts;
}

function describe(name: string, granularityBits: number, flags: number): string {
  const state = (flags & inUse) !== 0 ? 'not saved correctly' : (flags & auto) !== 0 ? 'enabled' : 'disabled';
  return `${name}, ${2 ** granularityBits} bytes a bit, ${state}`;
}
