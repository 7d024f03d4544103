/** The files of an ext volume: inodes, directories, links and content. */
import type { FileEntry } from '#shared/domain/guest.ts';
import type { Fact, Warning } from '#shared/domain/image.ts';
import { formatBytes } from '#shared/text/units.ts';
import { inEnglish } from '#shared/in-english.ts';
import { MemorySource, readBytes, type ByteSource } from '../../../bytes/source.ts';
import { MappedSource, type BlockMap } from '../block-map.ts';
import {
  isoTime,
  kindOfMode,
  nameText,
  type FileTree,
  type TreeMember,
  type TreeNode,
} from '../file-tree.ts';
import { entriesOf, type DirectoryMember } from './directory.ts';
import { extentTree } from './extent-tree.ts';
import { indirectBlocks } from './indirect-blocks.ts';
import { inlineData } from './inline-data.ts';
import {
  cleanState,
  errorState,
  hasJournal,
  inode,
  inodeExtra,
  inodeFlag,
  leastInodeBytes,
  malformed,
  rootInode,
  type InodeFields,
} from './layout.ts';
import type { ExtVolume } from './volume.ts';

/** Links shorter than this lie in the inode's block area. */
const fastLinkBytes = 60;

export interface ExtNode extends TreeNode {
  readonly fields: InodeFields;
}

export class ExtTree implements FileTree<ExtNode> {
  readonly format = 'ext';
  readonly ignoresCase = false;
  readonly label: string | null;
  readonly uuid: string | null;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
  readonly #volume: ExtVolume;

  constructor(volume: ExtVolume) {
    this.#volume = volume;
    this.label = trimmed(volume.fields.label);
    this.uuid = Buffer.from(volume.fields.uuid)
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    this.facts = factsOf(volume);
    this.warnings = warningsOf(volume);
  }

  root(): ExtNode {
    const node = this.#node(rootInode);
    if (node.kind !== 'folder') throw malformed('inode', 'mode', 0, inEnglish('the root is not a directory'));
    return node;
  }

  *members(folder: ExtNode): Iterable<TreeMember<ExtNode>> {
    for (const { name, inode: number } of this.#entries(folder))
      yield { name, node: () => this.#node(number) };
  }

  linkTarget(link: ExtNode): string {
    const { sizeBytes, fields, key } = link;
    if (sizeBytes > this.#volume.blockBytes)
      throw malformed('inode', 'sizeLow', 0, inEnglish('a link is longer than a block'));
    const inside =
      (fields.flags & (inodeFlag.extents | inodeFlag.inlineData)) === 0 && sizeBytes < fastLinkBytes;
    if (inside) return nameText(fields.block.subarray(0, sizeBytes));
    return nameText(readBytes(this.content(link, `inode ${key}`), 0, sizeBytes)).split('\0', 1)[0]!;
  }

  content({ fields, sizeBytes, key }: ExtNode, path: string): ByteSource {
    if ((fields.flags & inodeFlag.inlineData) === 0) {
      return new MappedSource(this.#volume.source, path, sizeBytes, this.#map(fields));
    }
    const { first, rest } = inlineData(this.#volume.inodeRecord(key));
    const bytes = new Uint8Array(Math.min(sizeBytes, first.length + rest.length));
    if (bytes.length < sizeBytes)
      throw malformed('inode', 'sizeLow', 0, inEnglish('more than fits in the inode'));
    bytes.set(first.subarray(0, bytes.length));
    if (bytes.length > first.length) bytes.set(rest.subarray(0, bytes.length - first.length), first.length);
    return new MemorySource(bytes, path);
  }

  close(): void {
    this.#volume.source.close();
  }

  *#entries({ fields, sizeBytes, key }: ExtNode): Iterable<DirectoryMember> {
    const { source, blockBytes } = this.#volume;
    if ((fields.flags & inodeFlag.inlineData) !== 0) {
      const { first, rest } = inlineData(this.#volume.inodeRecord(key));
      // The first four bytes are the parent's inode.
      yield* entriesOf(first.subarray(4));
      yield* entriesOf(rest);
      return;
    }
    if (sizeBytes % blockBytes !== 0 || sizeBytes > source.sizeBytes) {
      throw malformed(
        'inode',
        'sizeLow',
        0,
        inEnglish('a directory cannot have {sizeBytes} bytes', { sizeBytes }),
      );
    }
    const map = this.#map(fields);
    for (let at = 0; at < sizeBytes;) {
      const run = map(at);
      const end = Math.min(sizeBytes, at + run.length);
      if (run.volumeOffset !== null) {
        for (let done = 0; at + done < end; done += blockBytes) {
          yield* entriesOf(this.#volume.block((run.volumeOffset + done) / blockBytes, 'directory'));
        }
      }
      at = end;
    }
  }

  #map(fields: InodeFields): BlockMap {
    const build = (fields.flags & inodeFlag.extents) === 0 ? indirectBlocks : extentTree;
    return build(this.#volume, fields.block);
  }

  #node(number: number): ExtNode {
    const record = this.#volume.inodeRecord(number);
    const fields = inode.decode(record);
    const kind = kindOfMode(fields.mode);
    // Directories of ext2 keep something else in the high half, as old tools wrote it.
    const sizeBytes = fields.sizeLow + fields.sizeHigh * 2 ** 32;
    if (!Number.isSafeInteger(sizeBytes))
      throw malformed('inode', 'sizeHigh', 0, inEnglish('no file is as large'));
    return {
      key: number,
      kind,
      sizeBytes: kind === 'file' || kind === 'link' || kind === 'folder' ? sizeBytes : 0,
      modifiedAt: modificationTime(fields, record),
      mode: fields.mode & 0o7777,
      refusal: refusalOf(fields, kind),
      fields,
    };
  }
}

function refusalOf({ flags }: InodeFields, kind: FileEntry['kind']): string | null {
  if (kind === 'other') return inEnglish('it is a device, a pipe or a socket');
  return (flags & inodeFlag.encrypted) === 0 ? null : inEnglish('it is encrypted by the guest');
}

/** Two bits of the extra field carry the seconds beyond 2038, the others nanoseconds. */
function modificationTime(fields: InodeFields, record: Uint8Array): string | null {
  const seconds = fields.modificationTime | 0;
  if (record.length < leastInodeBytes + inodeExtra.sizeBytes) return isoTime(seconds);
  const { extraBytes, modificationExtra } = inodeExtra.decode(record, leastInodeBytes);
  if (extraBytes < 12) return isoTime(seconds);
  return isoTime(seconds + (modificationExtra & 3) * 2 ** 32, modificationExtra >>> 2);
}

function factsOf(volume: ExtVolume): Fact[] {
  const facts: Fact[] = [{ label: inEnglish('Block size'), value: formatBytes(volume.blockBytes) }];
  const mounted = trimmed(volume.fields.lastMounted);
  if (mounted !== null) facts.push({ label: inEnglish('Last mounted at'), value: mounted });
  const written = isoTime(volume.fields.writeTime);
  if (volume.fields.writeTime !== 0 && written !== null)
    facts.push({ label: inEnglish('Last written'), value: written });
  return facts;
}

function warningsOf(volume: ExtVolume): Warning[] {
  const { state, compatible } = volume.fields;
  const warnings: Warning[] = [];
  if (volume.has('recover')) {
    const message = inEnglish(
      'The file system was not unmounted: its journal holds changes that Platter does not see.',
    );
    warnings.push({ code: 'filesystem.dirty', message });
  } else if ((state & cleanState) === 0 && (compatible & hasJournal) === 0) {
    const message = inEnglish('The file system was not unmounted, and has no journal: it may need a check.');
    warnings.push({ code: 'filesystem.dirty', message });
  }
  if ((state & errorState) !== 0) {
    warnings.push({
      code: 'filesystem.errors',
      message: inEnglish('The file system says that errors were found in it.'),
    });
  }
  if (volume.blockCount * volume.blockBytes > volume.source.sizeBytes) {
    const message = inEnglish(
      'The file system is larger than the volume that it lies on: its end is missing.',
    );
    warnings.push({ code: 'filesystem.truncated', message });
  }
  return warnings;
}

function trimmed(stored: Uint8Array): string | null {
  const end = stored.indexOf(0);
  const text = nameText(end < 0 ? stored : stored.subarray(0, end)).trim();
  return text === '' ? null : text;
}
