/** The tree of a UDF volume as nodes: file identifiers (ECMA-167 4/14.4) and the entries that they name. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../../../bytes/source.ts';
import { shownName } from '../../optical/entry-name.ts';
import type { Tree, TreeNode } from '../../optical/tree-reader.ts';
import {
  bodyOf,
  icbPlace,
  readFileEntry,
  smallBody,
  type FileEntryContent,
  type IcbPlace,
} from './file-entry.ts';
import {
  characteristic,
  fileIdentifier,
  fileSet,
  fileType,
  format,
  malformed,
  tagId,
  unsupported,
} from './layout.ts';
import { compressedUnicode } from './osta.ts';
import type { PartitionTable } from './partitions.ts';
import { requireTag } from './tag.ts';
import type { UdfVolume } from './volume.ts';

export interface UdfNode extends TreeNode {
  readonly icb: IcbPlace;
}

/** More than half a million entries need. */
const maximumDirectoryBytes = 128 << 20;
const maximumLinkBytes = 1 << 16;
const windowBytes = 1 << 16;

export class UdfTree implements Tree<UdfNode> {
  readonly format = format;
  readonly root: UdfNode;
  readonly #table: PartitionTable;

  /** @throws Failure `image.*`. */
  constructor(volume: UdfVolume) {
    this.#table = volume.table;
    const place = icbPlace(volume.fileSetDescriptor);
    const bytes = volume.table.read(place.partition, place.block, volume.blockBytes);
    requireTag(bytes, [tagId.fileSet], place.block);
    this.root = this.#node('', icbPlace(fileSet.decode(bytes).rootIcb), true);
    if (this.root.kind !== 'folder') {
      throw malformed('file set descriptor', 'rootIcb', 0, this.root.refusal ?? 'the root is not a folder');
    }
  }

  *children(folder: UdfNode): Iterable<UdfNode> {
    const entry = readFileEntry(this.#table, folder.icb);
    if (entry.sizeBytes > maximumDirectoryBytes) {
      throw unsupported(inEnglish('a folder of {sizeBytes} bytes', { sizeBytes: entry.sizeBytes }));
    }
    for (const { name, icb, directory } of identifiers(bodyOf(this.#table, entry, folder.name))) {
      yield this.#node(name, icb, directory);
    }
  }

  open(file: UdfNode, path: string): ByteSource {
    return bodyOf(this.#table, readFileEntry(this.#table, file.icb), path);
  }

  /** An entry that cannot be read is shown with the reason, and the rest of its folder stays there. */
  #node(rawName: string, icb: IcbPlace, directory: boolean): UdfNode {
    const shown = rawName === '' && directory ? { name: '', refusal: null } : shownName(rawName);
    const base = { name: shown.name, folderKey: icb.partition * 2 ** 32 + icb.block, icb };
    try {
      const entry = readFileEntry(this.#table, icb);
      const kind = kindOf(entry);
      const mismatch =
        directory !== (kind === 'folder') ? 'its name and its entry disagree about a folder' : null;
      return {
        ...base,
        kind,
        sizeBytes: kind === 'file' ? entry.sizeBytes : 0,
        modifiedAt: entry.modifiedAt,
        mode: entry.mode,
        target: kind === 'link' ? linkTarget(smallBody(this.#table, entry, maximumLinkBytes)) : null,
        refusal:
          shown.refusal ??
          mismatch ??
          (kind === 'other' ? inEnglish('it is a device, a pipe or a socket') : null),
      };
    } catch (error) {
      if (!(error instanceof Failure) || !error.code.startsWith('image.')) throw error;
      const kind = directory ? 'folder' : 'other';
      const nothing = { sizeBytes: 0, modifiedAt: null, mode: null, target: null };
      return { ...base, kind, ...nothing, refusal: shown.refusal ?? inEnglish('its entry cannot be read') };
    }
  }
}

interface Identifier {
  readonly name: string;
  readonly icb: IcbPlace;
  readonly directory: boolean;
}

function* identifiers(body: ByteSource): Iterable<Identifier> {
  const window = new Window(body);
  for (let at = 0; at + fileIdentifier.sizeBytes <= body.sizeBytes;) {
    const head = window.bytes(at, fileIdentifier.sizeBytes);
    const raw = fileIdentifier.decode(head, 0, at);
    const length = fileIdentifier.sizeBytes + raw.identifierLength + raw.implementationUseLength;
    const bytes = window.bytes(at, length);
    requireTag(bytes, [tagId.fileIdentifier], at);
    const nameStart = fileIdentifier.sizeBytes + raw.implementationUseLength;
    at += Math.ceil(length / 4) * 4;
    if ((raw.characteristics & (characteristic.deleted | characteristic.parent)) !== 0) continue;
    const name = compressedUnicode(bytes.subarray(nameStart));
    // A name of none would look like the root.
    const directory = (raw.characteristics & characteristic.directory) !== 0;
    yield { name: name === '' ? '%' : name, icb: icbPlace(raw.icb), directory };
  }
}

/** A part of a body in memory; it moves forward. */
class Window {
  readonly #body: ByteSource;
  #start = 0;
  #bytes = new Uint8Array(0);

  constructor(body: ByteSource) {
    this.#body = body;
  }

  /** A copy would be safer, but nothing keeps what it gets. */
  bytes(at: number, length: number): Uint8Array {
    if (at + length > this.#body.sizeBytes) {
      throw malformed(
        'file identifier descriptor',
        'length',
        at,
        inEnglish('it reaches past the end of its folder'),
      );
    }
    if (at < this.#start || at + length > this.#start + this.#bytes.length) {
      this.#bytes = new Uint8Array(Math.min(Math.max(windowBytes, length), this.#body.sizeBytes - at));
      this.#body.read(at, this.#bytes);
      this.#start = at;
    }
    return this.#bytes.subarray(at - this.#start, at - this.#start + length);
  }
}

function kindOf(entry: FileEntryContent): UdfNode['kind'] {
  switch (entry.fileType) {
    case fileType.directory:
      return 'folder';
    case fileType.unspecified:
    case fileType.bytes:
    case fileType.realTime:
      return 'file';
    case fileType.link:
      return 'link';
    default:
      return 'other';
  }
}

/** A link's body is a list of path components (4/14.16.1). */
function linkTarget(body: Uint8Array): string {
  let target = '';
  for (let at = 0; at + 4 <= body.length;) {
    const [kind, length] = [body[at]!, body[at + 1]!];
    const name = compressedUnicode(body.subarray(at + 4, at + 4 + length));
    const part = kind === 5 ? name : kind === 3 ? '..' : kind === 4 ? '.' : null;
    if (part === null) target = '/';
    else target += target === '' || target.endsWith('/') ? part : `/${part}`;
    at += 4 + length;
  }
  return target;
}
