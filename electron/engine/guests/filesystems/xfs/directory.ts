/** Directory entries: packed in the inode, or in blocks (chapters "Short Form", "Block", "Leaf" and "Node Directories"). */
import { inEnglish, type Message } from '#shared/in-english.ts';
import { nameText } from '../file-tree.ts';
import { directoryMagic, malformed, unusedTag } from './layout.ts';

export interface DirectoryMember {
  readonly name: string;
  readonly inode: number;
}

/** The entries of a directory inside its inode. @throws Failure `image.malformed`. */
export function* shortFormEntries(fork: Uint8Array, hasFileType: boolean): Iterable<DirectoryMember> {
  const wrong = (at: number) =>
    malformed('short form directory', 'entry', at, inEnglish('it leaves the inode'));
  if (fork.length < 6) throw wrong(0);
  const view = new DataView(fork.buffer, fork.byteOffset, fork.length);
  const wide = fork[1]! !== 0;
  const numberBytes = wide ? 8 : 4;
  // The second byte only says how many of the numbers need 8 bytes: then all have them.
  const count = fork[0]!;
  let at = 2 + numberBytes;
  for (let index = 0; index < count; index++) {
    if (at + 3 > fork.length) throw wrong(at);
    const nameBytes = fork[at]!;
    const nameAt = at + 3;
    const inodeAt = nameAt + nameBytes + (hasFileType ? 1 : 0);
    if (nameBytes === 0 || inodeAt + numberBytes > fork.length) throw wrong(at);
    const inode = wide ? Number(view.getBigUint64(inodeAt)) : view.getUint32(inodeAt);
    yield { name: nameText(fork.subarray(nameAt, nameAt + nameBytes)), inode };
    at = inodeAt + numberBytes;
  }
}

/** The entries of one directory block, without `.` and `..`. @throws Failure `image.malformed`. */
export function* blockEntries(block: Uint8Array, hasFileType: boolean): Iterable<DirectoryMember> {
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  const magic = Buffer.from(block.subarray(0, 4)).toString('latin1');
  const kind = directoryMagic[magic];
  if (kind === undefined)
    throw malformed(
      'directory block',
      'magic',
      0,
      inEnglish('it is {found}', { found: JSON.stringify(magic) }),
    );
  const end = kind.single ? endOfEntries(view) : block.length;
  const wrong = (at: number, problem: Message) => malformed('directory block', 'entry', at, problem);
  for (let at = kind.header; at + 8 <= end;) {
    if (view.getUint16(at) === unusedTag) {
      const length = view.getUint16(at + 2);
      if (length < 8 || length % 8 !== 0) throw wrong(at, inEnglish('{length} unused bytes', { length }));
      at += length;
      continue;
    }
    const nameBytes = at + 9 <= end ? block[at + 8]! : 0;
    const length = Math.ceil((8 + 1 + nameBytes + (hasFileType ? 1 : 0) + 2) / 8) * 8;
    if (nameBytes === 0 || at + length > end) throw wrong(at, inEnglish('it leaves the block'));
    const name = nameText(block.subarray(at + 9, at + 9 + nameBytes));
    if (name !== '.' && name !== '..') yield { name, inode: Number(view.getBigUint64(at)) };
    at += length;
  }
}

/** A directory of one block has its leaf at the end of it: entries of 8 bytes, and their count. */
function endOfEntries(view: DataView): number {
  const count = view.getUint32(view.byteLength - 8);
  const end = view.byteLength - 8 - count * 8;
  if (end < 0)
    throw malformed(
      'directory block',
      'count',
      view.byteLength - 8,
      inEnglish('{count} leaves do not fit', { count }),
    );
  return end;
}
