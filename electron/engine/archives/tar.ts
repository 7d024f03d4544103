/** tar archives (POSIX.1 ustar and pax, GNU tar, v7): an index of the members, and their bytes where they lie. */
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import { SliceSource, type ByteSource } from '../bytes/source.ts';
import { DecodedSource, reaches } from './decoded-source.ts';
import { isLitter, nameRefusal, normaliseName } from './member-name.ts';
import { SharedSource } from './shared-source.ts';
import { SparseSource, type SparseMap } from './sparse-source.ts';
import {
  blockBytes,
  hasTarChecksum,
  malformedTar,
  readReached,
  readTarHeader,
  tarText,
  type TarHeader,
} from './tar-header.ts';
import { mergePaxRecords, noPaxRecords, paxNumber, readPaxRecords, type PaxRecords } from './tar-pax.ts';
import { isPaxSparse, readOldSparseMap, readPaxSparseMap } from './tar-sparse.ts';

/** More members than any package has; a file of n bytes holds at most n / 512. */
const memberLimit = 100_000;
/** Extended headers and long names. */
const extensionLimitBytes = 1 << 20;
/** Pieces of sparse files in one archive: 16 MB of maps. */
const pieceLimit = 1 << 20;
/** All names together. */
const nameLimit = 16 << 20;
/** Longer names are refused; what is kept of them serves messages. */
const keptNameLength = 4096;

export interface TarMember {
  /** Without `./` in it. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Why it is never opened, in words; null when it may be. */
  readonly refusal: Message | null;
}

/** Where a member's bytes lie in the archive. */
interface Entry extends TarMember {
  readonly dataOffset: number;
  readonly storedBytes: number;
  readonly map: SparseMap | null;
}

/** The members of an archive that is open. */
export class TarArchive {
  readonly kind = 'tar';
  readonly #archive: SharedSource;
  readonly #handle: ByteSource;
  readonly #entries = new Map<string, Entry>();
  /** Regular files and what is refused, in their order; folders and the litter of archivers are left out. */
  readonly members: readonly TarMember[];

  /**
   * Reads every header of `file` once. Takes ownership of it: closes it, when it throws too.
   * @throws Failure `package.malformed`, `image.truncated`.
   */
  constructor(file: ByteSource) {
    this.#archive = new SharedSource(file);
    this.#handle = this.#archive.lend();
    const members: Entry[] = [];
    const count = new Map<string, number>();
    let pieces = 0;
    let nameLength = 0;
    try {
      for (const entry of tarEntries(file)) {
        if (isLitter(entry.name)) continue;
        if (members.length === memberLimit)
          throw malformedTar(inEnglish('more than {memberLimit} members', { memberLimit }), entry.dataOffset);
        pieces += entry.map?.starts.length ?? 0;
        if (pieces > pieceLimit)
          throw malformedTar(inEnglish('the maps of its sparse members are too long'), entry.dataOffset);
        nameLength += entry.name.length;
        if (nameLength > nameLimit)
          throw malformedTar(inEnglish('the names are too long together'), entry.dataOffset);
        members.push(entry);
        count.set(entry.name, (count.get(entry.name) ?? 0) + 1);
      }
    } catch (error) {
      this.#handle.close();
      throw error;
    }
    // Which of several is meant depends on who reads, so a manifest could prove one and another be used.
    const refuseRepeated = (entry: Entry): Entry =>
      entry.refusal === null && count.get(entry.name)! > 1
        ? { ...entry, refusal: inEnglish('it is there more than once') }
        : entry;
    this.members = members.map(refuseRepeated).map((entry) => {
      this.#entries.set(entry.name, entry);
      return entry;
    });
  }

  /** The member of that name, null when there is none. */
  find(name: string): TarMember | null {
    return this.#entries.get(normaliseName(name)) ?? null;
  }

  /**
   * The bytes of a member, straight out of the archive, which stays open until this and everything else is closed.
   * @throws Failure `package.unsafe-name`, `package.file-missing`.
   */
  open(name: string): ByteSource {
    const entry = this.#entries.get(normaliseName(name));
    const reason = entry === undefined ? nameRefusal(name) : entry.refusal;
    if (reason !== null) throw new Failure('package.unsafe-name', { name, reason });
    if (entry === undefined) throw new Failure('package.file-missing', { file: name });
    const archive = this.#archive.lend();
    const path = `${archive.path}:${entry.name}`;
    const stored = new SliceSource(archive, { start: entry.dataOffset, length: entry.storedBytes }, path);
    return entry.map === null ? stored : new SparseSource(stored, entry.map, path);
  }

  close(): void {
    this.#handle.close();
  }
}

/** Whether the file begins with a tar header. Never throws for what it holds. */
export function isTar(file: ByteSource): boolean {
  if (!reaches(file, blockBytes)) return false;
  const block = readReached(file, 0, blockBytes);
  return block[0] !== 0 && hasTarChecksum(block);
}

/** The names of the members as they come, for a look that may stop early. @throws Failure like TarArchive. */
export function* tarMembers(file: ByteSource): Iterable<TarMember> {
  yield* tarEntries(file);
}

/** What extended headers say about the member after them. */
interface Pending {
  readonly records: PaxRecords;
  readonly longName: string | null;
}

/** pax (X is Solaris' spelling) and GNU's long names and link targets: headers that speak of the member after them. */
const extensionTypes: ReadonlySet<string> = new Set(['g', 'x', 'X', 'L', 'K']);

const nothingPending: Pending = { records: noPaxRecords, longName: null };

/** What is known of archives that lie in a stream: several may ask, and each walk decodes everything. */
const walks = new WeakMap<ByteSource, { readonly seen: Entry[]; readonly rest: Iterator<Entry> }>();

function* tarEntries(file: ByteSource): Iterable<Entry> {
  if (!(file instanceof DecodedSource)) {
    yield* walkEntries(file);
    return;
  }
  let walk = walks.get(file);
  if (walk === undefined) {
    walk = { seen: [], rest: walkEntries(file)[Symbol.iterator]() };
    walks.set(file, walk);
  }
  for (let index = 0; ; index++) {
    if (index === walk.seen.length) {
      if (index > memberLimit * 2)
        throw malformedTar(inEnglish('more than {memberLimit} members', { memberLimit }), 0);
      const next = nextEntry(file, walk.rest);
      if (next.done === true) return;
      walk.seen.push(next.value);
    }
    yield walk.seen[index]!;
  }
}

/** A walk that failed is over, and another would end there too: it is made again, to fail again. */
function nextEntry(file: ByteSource, rest: Iterator<Entry>): IteratorResult<Entry> {
  try {
    return rest.next();
  } catch (error) {
    walks.delete(file);
    throw error;
  }
}

function* walkEntries(file: ByteSource): Iterable<Entry> {
  let global = noPaxRecords;
  let pending: Pending | null = null;
  let offset = 0;
  while (reaches(file, offset + blockBytes)) {
    const block = readReached(file, offset, blockBytes);
    // One block of zeros ends the archive, as for GNU tar; the second one may be missing, or both.
    if (block.every((byte) => byte === 0)) break;
    if (!hasTarChecksum(block)) throw malformedTar(inEnglish('the checksum is wrong'), offset);
    const header = readTarHeader(block, offset);
    if (!extensionTypes.has(header.typeflag)) {
      const { records, longName } = pending ?? nothingPending;
      const member = readMember(file, header, block, offset, mergePaxRecords(global, records), longName);
      if (member.entry !== null) yield member.entry;
      offset = member.nextOffset;
      pending = null;
      continue;
    }
    const data = readExtension(file, header, offset);
    if (header.typeflag === 'g') {
      global = mergePaxRecords(global, readPaxRecords(data, offset));
    } else if (header.typeflag === 'L') {
      pending = { ...(pending ?? nothingPending), longName: tarText(data) };
    } else if (header.typeflag !== 'K') {
      pending = { ...(pending ?? nothingPending), records: readPaxRecords(data, offset) };
    }
    offset = nextBlock(offset + blockBytes + header.sizeBytes);
  }
  if (pending !== null) throw malformedTar(inEnglish('an extended header is followed by no member'), offset);
  requireNoHalfBlock(file, offset);
}

/** What follows the last whole block: padding, or a header that was cut off. */
function requireNoHalfBlock(file: ByteSource, offset: number): void {
  const rest = file.sizeBytes - offset;
  if (rest <= 0 || rest >= blockBytes) return;
  if (readReached(file, offset, rest).some((byte) => byte !== 0)) throw truncated(file, offset + blockBytes);
}

function readExtension(file: ByteSource, header: TarHeader, offset: number): Uint8Array {
  if (header.sizeBytes > extensionLimitBytes)
    throw malformedTar(inEnglish('an extended header is too long'), offset);
  return readReached(file, offset + blockBytes, header.sizeBytes);
}

function readMember(
  file: ByteSource,
  header: TarHeader,
  block: Uint8Array,
  offset: number,
  records: PaxRecords,
  longName: string | null,
): { entry: Entry | null; nextOffset: number } {
  const { values } = records;
  const spelled = values.get('GNU.sparse.name') ?? values.get('path') ?? longName ?? header.name;
  const kind = kindOf(header.typeflag, spelled);
  const hasData = kind.hasData || (header.typeflag === '1' && values.size > 0);
  const sizeInArchive = hasData ? (paxNumber(records, 'size', offset) ?? header.sizeBytes) : 0;
  const firstOffset = offset + blockBytes;

  let sparse: { map: SparseMap; mapBytes: number } | null = null;
  let dataOffset = firstOffset;
  let storedBytes = sizeInArchive;
  let nextOffset = nextBlock(firstOffset + sizeInArchive);
  if (header.typeflag === 'S') {
    sparse = readOldSparseMap(file, block, offset, sizeInArchive);
    dataOffset += sparse.mapBytes;
    nextOffset += sparse.mapBytes;
  } else if (kind.refusal === null && !kind.ignored && isPaxSparse(records)) {
    sparse = readPaxSparseMap(file, records, firstOffset, sizeInArchive, offset);
    dataOffset += sparse.mapBytes;
    storedBytes -= sparse.mapBytes;
  }
  if (!reaches(file, dataOffset + storedBytes)) throw truncated(file, dataOffset + storedBytes);
  if (kind.ignored) return { entry: null, nextOffset };
  const entry: Entry = {
    name: normaliseName(spelled).slice(0, keptNameLength),
    sizeBytes: sparse?.map.sizeBytes ?? storedBytes,
    refusal: nameRefusal(spelled) ?? kind.refusal,
    dataOffset,
    storedBytes,
    map: sparse?.map ?? null,
  };
  return { entry, nextOffset };
}

interface Kind {
  readonly hasData: boolean;
  readonly refusal: Message | null;
  /** Neither a file nor something to warn of. */
  readonly ignored: boolean;
}

const file: Kind = { hasData: true, refusal: null, ignored: false };
const folder: Kind = { hasData: false, refusal: null, ignored: true };
const note: Kind = { hasData: true, refusal: null, ignored: true };
const refused = (refusal: Message, hasData = false): Kind => ({ hasData, refusal, ignored: false });

const kinds: Readonly<Record<string, Kind>> = {
  '0': file,
  '7': file,
  S: file,
  '1': refused(inEnglish('it is a link')),
  '2': refused(inEnglish('it is a link')),
  '3': refused(inEnglish('it is a device')),
  '4': refused(inEnglish('it is a device')),
  '5': folder,
  '6': refused(inEnglish('it is a FIFO')),
  /** Solaris' access lists, GNU's lists of folders and names of volumes. */
  A: note,
  D: note,
  V: folder,
  M: refused(inEnglish('it goes on from another volume'), true),
};

function kindOf(typeflag: string, name: string): Kind {
  // v7 has no types: files are NUL, and folders end with a slash.
  if (name.endsWith('/') && (typeflag === '\0' || typeflag === '0')) return note;
  if (typeflag === '\0') return file;
  return kinds[typeflag] ?? refused(inEnglish('it is of a type that is not known'), true);
}

function nextBlock(offset: number): number {
  return Math.ceil(offset / blockBytes) * blockBytes;
}

function truncated(source: ByteSource, neededBytes: number): Failure<'image.truncated'> {
  return new Failure('image.truncated', { path: source.path, neededBytes, actualBytes: source.sizeBytes });
}
