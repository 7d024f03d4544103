/** The one walker of trees: resolves paths and links within a file system, bounded, and finds folders that hold themselves. */
import type { FileEntry } from '#shared/domain/guest.ts';
import type { Fact, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message, asValue } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { FileSystemReader } from './driver.ts';

/** Linux gives up after as many. */
const mostHops = 40;
const longestPath = 4096;
/** Names kept in memory, of the folders that were looked through last: without them a full listing takes quadratic time. */
const mostKeptNames = 100_000;

/** What a driver knows of one file or folder. */
export interface TreeNode {
  /** Tells files apart: an inode's number, a first cluster. */
  readonly key: number;
  readonly kind: FileEntry['kind'];
  readonly sizeBytes: number;
  readonly modifiedAt: string | null;
  readonly mode: number | null;
  readonly refusal: Message | null;
}

export interface TreeMember<Node extends TreeNode> {
  readonly name: string;
  readonly node: () => Node;
}

/** A file system's answers; the walker does the rest. */
export interface FileTree<Node extends TreeNode> {
  readonly format: string;
  readonly label: string | null;
  readonly uuid: string | null;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
  /** Names that differ in case only are the same. */
  readonly ignoresCase: boolean;
  root(): Node;
  /** Without `.` and `..`, lazily. */
  members(folder: Node): Iterable<TreeMember<Node>>;
  linkTarget(link: Node): string;
  content(file: Node, path: string): ByteSource;
  close(): void;
}

/** A node, and the folders on the way to it. */
interface Place<Node extends TreeNode> {
  readonly node: Node;
  readonly name: string;
  readonly parent: Place<Node> | null;
}

type Lookup<Node extends TreeNode> = Place<Node> | 'missing' | 'outside';

export class FileTreeReader<Node extends TreeNode> implements FileSystemReader {
  readonly #tree: FileTree<Node>;
  /** Folder → the folder it was first seen in: none has two, which also ends trees that multiply. */
  readonly #parents = new Map<number, number>();
  readonly #kept = new Map<number, ReadonlyMap<string, TreeMember<Node>>>();
  #keptCount = 0;

  constructor(tree: FileTree<Node>) {
    this.#tree = tree;
  }

  get label(): string | null {
    return this.#tree.label;
  }

  get uuid(): string | null {
    return this.#tree.uuid;
  }

  get facts(): readonly Fact[] {
    return this.#tree.facts;
  }

  get warnings(): readonly Warning[] {
    return this.#tree.warnings;
  }

  find(path: string): FileEntry | null {
    const place = this.#lookUp(path, false);
    return typeof place === 'string' ? null : this.#entry(place.node, segmentsOf(path).join('/'), null);
  }

  *list(path: string): Iterable<FileEntry> {
    const place = this.#require(path);
    if (place.node.kind !== 'folder') {
      throw new Failure('input.invalid', { problem: inEnglish('"{path}" is not a folder', { path }) });
    }
    const prefix = segmentsOf(path);
    const seen = new Set<number>();
    for (const member of this.#tree.members(place.node)) {
      this.#checkName(member.name);
      const node = member.node();
      const refusal = node.kind === 'folder' ? this.#folderRefusal(node, place, seen) : null;
      yield this.#entry(node, [...prefix, member.name].join('/'), refusal);
    }
  }

  open(path: string): ByteSource {
    const { node } = this.#require(path);
    if (node.kind !== 'file')
      throw new Failure('input.invalid', { problem: inEnglish('"{path}" is not a file', { path }) });
    if (node.refusal !== null) {
      throw new Failure('image.unsupported', { format: this.#tree.format, feature: node.refusal });
    }
    return this.#tree.content(node, segmentsOf(path).join('/'));
  }

  close(): void {
    this.#tree.close();
  }

  #require(path: string): Place<Node> {
    const place = this.#lookUp(path, true);
    if (place === 'missing') throw new Failure('package.file-missing', { file: path });
    if (place === 'outside') {
      throw new Failure('package.unsafe-name', {
        name: path,
        reason: inEnglish('it leads out of the file system'),
      });
    }
    return place;
  }

  #lookUp(path: string, followLast: boolean): Lookup<Node> {
    if (path.length > longestPath) return 'missing';
    let place: Place<Node> = { node: this.#tree.root(), name: '', parent: null };
    const waiting = segmentsOf(path).reverse();
    for (let hops = 0; waiting.length > 0;) {
      const name = waiting.pop()!;
      if (name === '..') {
        if (place.parent === null) return 'outside';
        place = place.parent;
        continue;
      }
      const next = this.#step(place, name);
      if (next === null) return 'missing';
      if (next.node.kind !== 'link' || (waiting.length === 0 && !followLast)) {
        place = next;
        continue;
      }
      if (++hops > mostHops)
        throw this.#malformed(
          inEnglish('links that go on for over {mostHops} steps at "{path}"', { mostHops, path }),
        );
      const target = this.#tree.linkTarget(next.node);
      if (target.startsWith('/')) while (place.parent !== null) place = place.parent;
      if (target.length + waiting.length > longestPath) return 'missing';
      waiting.push(...segmentsOf(target).reverse());
    }
    return place;
  }

  #step(place: Place<Node>, name: string): Place<Node> | null {
    if (place.node.kind !== 'folder' || place.node.refusal !== null) return null;
    const member = this.#member(place.node, this.#comparable(name));
    if (member === null) return null;
    const node = member.node();
    if (node.kind === 'folder' && isAmong(node, place)) {
      throw this.#malformed(inEnglish('the folder "{name}", which holds itself', { name: member.name }));
    }
    return { node, name: member.name, parent: place };
  }

  /** Of several members with one name the first counts. */
  #member(folder: Node, wanted: string): TreeMember<Node> | null {
    const kept = this.#kept.get(folder.key);
    if (kept !== undefined) return kept.get(wanted) ?? null;
    const names = new Map<string, TreeMember<Node>>();
    let found: TreeMember<Node> | null = null;
    for (const member of this.#tree.members(folder)) {
      const name = this.#comparable(member.name);
      if (name === wanted) found ??= member;
      if (names.size < mostKeptNames) {
        if (!names.has(name)) names.set(name, member);
      } else if (found !== null) return found;
    }
    if (names.size < mostKeptNames) this.#keep(folder, names);
    return found;
  }

  #keep(folder: Node, names: ReadonlyMap<string, TreeMember<Node>>): void {
    if (this.#keptCount + names.size > mostKeptNames) {
      this.#kept.clear();
      this.#keptCount = 0;
    }
    this.#kept.set(folder.key, names);
    this.#keptCount += names.size + 1;
  }

  #folderRefusal(node: Node, parent: Place<Node>, seen: Set<number>): string | null {
    if (isAmong(node, parent)) return 'the folder holds itself';
    const known = this.#parents.get(node.key);
    if (seen.has(node.key) || (known !== undefined && known !== parent.node.key)) {
      return 'the folder is found at two places';
    }
    seen.add(node.key);
    this.#parents.set(node.key, parent.node.key);
    return null;
  }

  #entry(node: Node, path: string, refusal: Message | null): FileEntry {
    const { kind, sizeBytes, modifiedAt, mode } = node;
    const target = kind === 'link' && node.refusal === null ? this.#tree.linkTarget(node) : null;
    return { path, kind, sizeBytes, modifiedAt, mode, target, refusal: node.refusal ?? refusal };
  }

  /** What no system can write as a name would lead elsewhere, or hide another file. */
  #checkName(name: string): void {
    if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) {
      throw this.#malformed(inEnglish('a file called {name}', { name: JSON.stringify(name) }));
    }
  }

  #comparable(name: string): string {
    return this.#tree.ignoresCase ? name.toUpperCase() : name;
  }

  #malformed(problem: Message): Failure {
    const structure = 'directory';
    return new Failure('image.malformed', {
      format: this.#tree.format,
      structure,
      field: 'name',
      fileOffset: 0,
      problem: inEnglish('it has {problem}', { problem: asValue(problem) }),
    });
  }
}

function isAmong<Node extends TreeNode>(node: Node, from: Place<Node>): boolean {
  for (let place: Place<Node> | null = from; place !== null; place = place.parent) {
    if (place.node.key === node.key) return true;
  }
  return false;
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '' && segment !== '.');
}

/** A name's bytes as text: UTF-8, or, where they are not, Latin-1, which loses nothing. */
export function nameText(stored: Uint8Array): string {
  try {
    return utf8.decode(stored);
  } catch {
    return Buffer.from(stored).toString('latin1');
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Seconds since 1970 as ISO 8601; null for what no calendar holds. */
export function isoTime(seconds: number, nanoseconds = 0): string | null {
  const time = new Date(seconds * 1000 + Math.floor(nanoseconds / 1e6));
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

/** The kind of a POSIX mode (sys/stat.h). */
export function kindOfMode(mode: number): FileEntry['kind'] {
  const format = mode & 0xf000;
  if (format === 0x8000) return 'file';
  if (format === 0x4000) return 'folder';
  return format === 0xa000 ? 'link' : 'other';
}
