/** Walks the tree of an optical file system: paths, links inside the tree, folders that come back, doubled names. */
import type { FileEntry } from '#shared/domain/guest.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { leadsOut } from './entry-name.ts';

/** One entry of a folder, as the file system describes it. Its name is one segment: see `shownName`. */
export interface TreeNode extends Omit<FileEntry, 'path'> {
  readonly name: string;
  /** Of a folder: what tells it from every other folder of the volume (where it lies). */
  readonly folderKey: number;
}

/** What a file system tells about its tree. */
export interface Tree<Node extends TreeNode> {
  /** For messages: the driver's id. */
  readonly format: string;
  readonly root: Node;
  /** The entries of a folder in its order, read as the walk goes. @throws Failure `image.*`. */
  children(folder: Node): Iterable<Node>;
  /** The bytes of a file that is not refused. `path` is for messages. @throws Failure `image.*`. */
  open(file: Node, path: string): ByteSource;
}

const maximumDepth = 256;
/** As Linux stops. */
const maximumLinks = 40;
/** Of one folder, so that looking for doubled names stays within memory. */
const maximumEntries = 500_000;
const maximumNameCharacters = 32 << 20;
const maximumFolders = 1_000_000;
/** Entries kept of the folders seen last, all together. */
const cachedEntries = 50_000;

type Way<Node> = readonly [Node, ...Node[]];

export class TreeReader<Node extends TreeNode> {
  readonly #tree: Tree<Node>;
  readonly #cache = new Map<number, Map<string, Node>>();
  #cacheSize = 0;
  /** The entry by which each folder was first reached: its parent's key and its name. */
  readonly #firstSeen = new Map<number, { readonly parentKey: number; readonly name: string }>();

  constructor(tree: Tree<Node>) {
    this.#tree = tree;
  }

  /** @see FileSystemReader.find */
  find(path: string): FileEntry | null {
    const way = this.#walk(path, false);
    return way === null ? null : entryOf(way.at(-1)!, normalise(path));
  }

  /** @see FileSystemReader.list */
  *list(path: string): Iterable<FileEntry> {
    const way = this.#walk(path, true);
    const folder = way?.at(-1);
    if (way === null || folder?.kind !== 'folder') throw new Failure('package.file-missing', { file: path });
    requireAllowed(folder, path);
    const prefix = normalise(path);
    for (const node of this.#entries(way)) {
      yield entryOf(node, prefix === '' ? node.name : `${prefix}/${node.name}`);
    }
  }

  /** @see FileSystemReader.open */
  open(path: string): ByteSource {
    const node = this.#walk(path, true)?.at(-1);
    if (node === undefined) throw new Failure('package.file-missing', { file: path });
    requireAllowed(node, path);
    if (node.kind !== 'file') {
      throw new Failure('package.unsafe-name', { name: path, reason: inEnglish('it is not a regular file') });
    }
    return this.#tree.open(node, path);
  }

  /**
   * The entries from the root to what `path` names; null when there is none.
   * @throws Failure `package.unsafe-name` for a link that leads out of the tree or in circles.
   */
  #walk(path: string, followLast: boolean): Way<Node> | null {
    const way: [Node, ...Node[]] = [this.#tree.root];
    const pending = path.split('/').reverse();
    let links = 0;
    while (pending.length > 0) {
      const segment = pending.pop()!;
      if (segment === '' || segment === '.') continue;
      if (segment === '..') {
        if (way.length === 1) throw unsafe(path, inEnglish('it leads out of the tree'));
        way.pop();
        continue;
      }
      const folder = way.at(-1)!;
      if (folder.kind !== 'folder') return null;
      requireAllowed(folder, path);
      const node = this.#child(way, segment);
      if (node === null) return null;
      const last = pending.every((rest) => rest === '' || rest === '.');
      if (node.kind !== 'link' || (last && !followLast)) {
        way.push(node);
        continue;
      }
      if (++links > maximumLinks)
        throw unsafe(path, inEnglish('it leads over more than {maximumLinks} links', { maximumLinks }));
      requireAllowed(node, path);
      pending.push(...(node.target ?? '').split('/').reverse());
    }
    return way;
  }

  #child(way: Way<Node>, name: string): Node | null {
    const { folderKey } = way.at(-1)!;
    const known = this.#cache.get(folderKey);
    if (known !== undefined) return known.get(name) ?? null;
    const index = new Map<string, Node>();
    for (const node of this.#entries(way)) {
      // Too large to keep: what is left of it is only looked through.
      if (index.size >= cachedEntries) {
        if (index.has(name)) break;
        if (node.name === name) return node;
      } else if (!index.has(node.name)) index.set(node.name, node);
    }
    if (index.size < cachedEntries) this.#remember(folderKey, index);
    return index.get(name) ?? null;
  }

  #remember(folderKey: number, index: Map<string, Node>): void {
    for (const [key, old] of this.#cache) {
      if (this.#cacheSize + index.size <= cachedEntries) break;
      this.#cache.delete(key);
      this.#cacheSize -= old.size;
    }
    this.#cache.set(folderKey, index);
    this.#cacheSize += index.size;
  }

  /** What the last folder of `way` holds, with what speaks against opening some of it. */
  *#entries(way: Way<Node>): Iterable<Node> {
    const names = new Set<string>();
    let characters = 0;
    for (const node of this.#tree.children(way.at(-1)!)) {
      characters += node.name.length;
      if (names.size >= maximumEntries || characters > maximumNameCharacters) {
        const feature = inEnglish('a folder of more than {maximumEntries} entries', { maximumEntries });
        throw new Failure('image.unsupported', { format: this.#tree.format, feature });
      }
      const refusal =
        node.refusal ??
        (names.has(node.name)
          ? inEnglish('there is another of that name before it')
          : this.#objection(way, node));
      names.add(node.name);
      yield refusal === node.refusal ? node : { ...node, refusal };
    }
  }

  #objection(way: Way<Node>, node: Node): Message | null {
    if (node.kind === 'link') {
      return leadsOut(node.target ?? '', way.length - 1)
        ? inEnglish('it is a link that leads out of the tree')
        : null;
    }
    if (node.kind !== 'folder') return null;
    if (way.some(({ folderKey }) => folderKey === node.folderKey))
      return inEnglish('it leads back to a folder above it');
    if (way.length > maximumDepth)
      return inEnglish('it lies more than {maximumDepth} folders deep', { maximumDepth });
    const parentKey = way.at(-1)!.folderKey;
    const first = this.#firstSeen.get(node.folderKey);
    if (first === undefined) {
      if (this.#firstSeen.size >= maximumFolders) {
        const feature = inEnglish('more than {maximumFolders} folders', { maximumFolders });
        throw new Failure('image.unsupported', { format: this.#tree.format, feature });
      }
      this.#firstSeen.set(node.folderKey, { parentKey, name: node.name });
      return null;
    }
    if (first.parentKey === parentKey && first.name === node.name) return null;
    // Some programs let all empty folders share a block; others that are reached twice would make a tree without an end.
    return this.#isEmpty(node) ? null : inEnglish('it is a folder that lies elsewhere in the tree, too');
  }

  #isEmpty(folder: Node): boolean {
    for (const child of this.#tree.children(folder)) return child.name === '';
    return true;
  }
}

function entryOf(node: TreeNode, path: string): FileEntry {
  const { kind, sizeBytes, modifiedAt, mode, target, refusal } = node;
  return { path, kind, sizeBytes, modifiedAt, mode, target, refusal };
}

function normalise(path: string): string {
  return path
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/');
}

function requireAllowed(node: TreeNode, path: string): void {
  if (node.refusal !== null) throw unsafe(path, node.refusal);
}

function unsafe(name: string, reason: Message): Failure<'package.unsafe-name'> {
  return new Failure('package.unsafe-name', { name, reason });
}
