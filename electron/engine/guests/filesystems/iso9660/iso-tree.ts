/** The tree of an ISO 9660 volume as nodes, by the names of Rock Ridge, of Joliet, or of the standard alone. */
import { Failure } from '#shared/failure.ts';
import type { Message } from '#shared/in-english.ts';
import type { ByteSource } from '../../../bytes/source.ts';
import { decodeName, decodeUtf16be, shownName } from '../../optical/entry-name.ts';
import { PiecedSource } from '../../optical/pieced-source.ts';
import type { Tree, TreeNode } from '../../optical/tree-reader.ts';
import { decodeShortDate } from './dates.ts';
import { directoryEntries, type DirectoryEntry, type DirectoryPlace } from './directory.ts';
import { directoryRecord, fileFlag, format } from './layout.ts';
import { readRockRidge, type RockRidge } from './rock-ridge.ts';
import { systemUseSkip } from './system-use.ts';
import type { VolumeTree } from './volume-descriptors.ts';
import { ZisofsSource } from './zisofs.ts';

export interface IsoNode extends TreeNode {
  readonly sections: DirectoryEntry['sections'];
  /** The plain size of a body that zisofs compressed. */
  readonly zisofsBytes: number | null;
}

/** S_IFMT and what it may hold. */
const fileType = { mask: 0o170000, directory: 0o040000, regular: 0o100000, link: 0o120000 } as const;

export class IsoTree implements Tree<IsoNode> {
  readonly format = format;
  readonly root: IsoNode;
  /** Whether names and the rest come from Rock Ridge. */
  readonly rockRidge: boolean;
  readonly #volume: ByteSource;
  readonly #tree: VolumeTree;
  readonly #skip: number;

  /** `useRockRidge` is a wish: it is taken only where the root says that it is there. @throws Failure `image.*`. */
  constructor(volume: ByteSource, tree: VolumeTree, useRockRidge: boolean) {
    this.#volume = volume;
    this.#tree = tree;
    const { location, lengthBytes } = tree.root;
    const place = { offset: location * tree.blockBytes, lengthBytes };
    const skip = useRockRidge ? this.#skipOfRoot(place) : null;
    this.rockRidge = skip !== null;
    this.#skip = skip ?? 0;
    this.root = {
      name: '',
      kind: 'folder',
      sizeBytes: 0,
      modifiedAt: decodeShortDate(tree.recordedAt),
      mode: null,
      target: null,
      refusal: null,
      folderKey: place.offset,
      sections: [place],
      zisofsBytes: null,
    };
  }

  *children(folder: IsoNode): Iterable<IsoNode> {
    const [place] = folder.sections;
    if (place === undefined) return;
    for (const entry of directoryEntries(this.#volume, place, this.#tree.blockBytes)) {
      if (isSelfOrParent(entry.identifier) || (entry.flags & fileFlag.associated) !== 0) continue;
      const node = this.#node(entry);
      if (node !== null) yield node;
    }
  }

  open(file: IsoNode, path: string): ByteSource {
    const pieces = file.sections.map(({ offset, lengthBytes }) => ({
      length: lengthBytes,
      volumeOffset: offset,
    }));
    const body = new PiecedSource(this.#volume, pieces, path);
    return file.zisofsBytes === null ? body : new ZisofsSource(body, file.zisofsBytes, path);
  }

  #skipOfRoot(place: DirectoryPlace): number | null {
    for (const { systemUse } of directoryEntries(this.#volume, place, this.#tree.blockBytes)) {
      return systemUseSkip(systemUse);
    }
    return null;
  }

  /** Null for a folder that was moved: it shows where it belongs. */
  #node(entry: DirectoryEntry): IsoNode | null {
    let extra: RockRidge | null = null;
    let refusal: Message | null = null;
    if (this.rockRidge) {
      try {
        const area = entry.systemUse.subarray(this.#skip);
        extra = readRockRidge(this.#volume, area, this.#tree.blockBytes);
        if (extra.relocated) return null;
      } catch (error) {
        if (!(error instanceof Failure) || !error.code.startsWith('image.')) throw error;
        refusal = 'its Rock Ridge fields are damaged';
      }
    }
    const shown = shownName(extra?.name ?? this.#plainName(entry));
    const kind = kindOf(entry, extra);
    const sections = this.#sectionsOf(entry, extra, kind);
    const zisofsBytes = kind === 'file' ? (extra?.zisofs?.uncompressedBytes ?? null) : null;
    const stored = (sections ?? []).reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
    return {
      name: shown.name,
      kind,
      sizeBytes: kind === 'file' ? (zisofsBytes ?? stored) : 0,
      modifiedAt: extra?.modifiedAt ?? decodeShortDate(entry.recordedAt),
      mode: extra?.mode == null ? null : extra.mode & 0o7777,
      target: kind === 'link' ? (extra?.target ?? '') : null,
      refusal: shown.refusal ?? refusal ?? this.#bodyRefusal(entry, extra, kind, sections),
      folderKey: sections?.[0]?.offset ?? 0,
      sections: sections ?? [],
      zisofsBytes,
    };
  }

  #plainName({ identifier, flags }: DirectoryEntry): string {
    const name = this.#tree.kind === 'joliet' ? decodeUtf16be(identifier) : decodeName(identifier);
    if ((flags & fileFlag.directory) !== 0) return name;
    const bare = name.replace(/;\d*$/, '');
    return bare.length > 1 ? bare.replace(/\.$/, '') : bare;
  }

  /** Where the body lies; of a folder that was moved, where it was moved to. Null when that place holds no folder. */
  #sectionsOf(
    entry: DirectoryEntry,
    extra: RockRidge | null,
    kind: IsoNode['kind'],
  ): DirectoryEntry['sections'] | null {
    if (kind !== 'folder' || extra?.childLocation == null) return entry.sections;
    const offset = extra.childLocation * this.#tree.blockBytes;
    if (offset + directoryRecord.sizeBytes > this.#volume.sizeBytes) return null;
    const { extentLocation, fileFlags, dataLength } = directoryRecord.read(this.#volume, offset);
    const itself = extentLocation === extra.childLocation && (fileFlags & fileFlag.directory) !== 0;
    return itself ? [{ offset, lengthBytes: dataLength }] : null;
  }

  #bodyRefusal(
    entry: DirectoryEntry,
    extra: RockRidge | null,
    kind: IsoNode['kind'],
    sections: DirectoryEntry['sections'] | null,
  ): string | null {
    if (sections === null) return 'the folder is not where it should have been moved to';
    if (kind === 'other') return 'it is a device, a pipe or a socket';
    if (kind === 'link') return null;
    if (entry.interleaved) return 'its parts are interleaved with others';
    const { sizeBytes } = this.#volume;
    if (sections.some(({ offset, lengthBytes }) => lengthBytes > 0 && offset + lengthBytes > sizeBytes)) {
      return 'it reaches past the end of the image';
    }
    if (kind === 'folder' && sections.length > 1) return 'it is a folder in several sections';
    if (extra?.foreignBody != null) return `its body is coded as Rock Ridge's ${extra.foreignBody} says`;
    const { zisofs } = extra ?? {};
    return zisofs != null && zisofs.algorithm !== 'pz' ? `it is compressed by "${zisofs.algorithm}"` : null;
  }
}

function isSelfOrParent(identifier: Uint8Array): boolean {
  return identifier.length === 1 && identifier[0]! <= 1;
}

function kindOf(entry: DirectoryEntry, extra: RockRidge | null): IsoNode['kind'] {
  if ((entry.flags & fileFlag.directory) !== 0 || extra?.childLocation != null) return 'folder';
  const type = (extra?.mode ?? 0) & fileType.mask;
  if (type === fileType.link || (type === 0 && extra?.target != null)) return 'link';
  return type === 0 || type === fileType.regular || type === fileType.directory ? 'file' : 'other';
}
