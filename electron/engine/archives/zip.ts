/** zip archives (PKWARE APPNOTE 6.3.10): an index of the members, stored and deflated ones, zip64. */
import type { Span } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish, type Message } from '#shared/in-english.ts';
import {
  ConcatenatedSource,
  MemorySource,
  readBytes,
  SliceSource,
  type ByteSource,
} from '../bytes/source.ts';
import { DecodedSource, type DecodeLimits } from './decoded-source.ts';
import { gzipStream } from './gzip.ts';
import { isLitter, nameRefusal, normaliseName } from './member-name.ts';
import { SharedSource } from './shared-source.ts';
import { tarText } from './tar-header.ts';
import {
  centralHeader,
  centralSignature,
  findDirectory,
  localHeader,
  localSignature,
  malformedZip,
  widen,
  type CentralHeader,
  type Directory,
} from './zip-layout.ts';

const memberLimit = 100_000;
const directoryLimitBytes = 64 << 20;
const keptNameLength = 4096;
const stored = 0;
const deflated = 8;
/** DEFLATE cannot do better than 1032 to 1. */
const largestRatio = 1032;

/** Methods that exist (section 4.4.5), for saying which one it is that cannot be read. */
const methodNames: Readonly<Record<number, string>> = {
  1: 'Shrink',
  6: 'Implode',
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'xz',
  98: 'PPMd',
};

export interface ZipMember {
  /** Without `./` in it. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Why it is never opened, in words; null when it may be. */
  readonly refusal: Message | null;
}

interface Entry extends ZipMember {
  readonly localOffset: number;
  readonly compressedBytes: number;
  readonly method: number;
  readonly crc32: number;
  readonly nameBytes: number;
}

/** Whether the file begins with a member, or is an archive without any. */
export function isZip(file: ByteSource): boolean {
  if (file.sizeBytes < 22) return false;
  const [p, k, third, fourth] = readBytes(file, 0, 4) as unknown as [number, number, number, number];
  return p === 0x50 && k === 0x4b && ((third === 3 && fourth === 4) || (third === 5 && fourth === 6));
}

/** The members of an archive that is open. */
export class ZipArchive {
  readonly kind = 'zip';
  readonly #archive: SharedSource;
  readonly #handle: ByteSource;
  readonly #entries = new Map<string, Entry>();
  readonly #limits: DecodeLimits;
  /** Where the members end. */
  readonly #directoryOffset: number;
  /** Where each member ends at the latest, by where it begins. */
  readonly #ends = new Map<number, number>();
  readonly members: readonly ZipMember[];

  /**
   * Reads the central directory. Takes ownership of `file`: closes it, when it throws too.
   * @throws Failure `package.malformed`, `image.unsupported`, `image.truncated`.
   */
  constructor(file: ByteSource, limits: DecodeLimits = {}) {
    this.#archive = new SharedSource(file);
    this.#handle = this.#archive.lend();
    this.#limits = limits;
    try {
      const directory = findDirectory(file);
      this.#directoryOffset = directory.fileOffset;
      const entries = readEntries(file, directory);
      this.#placeMembers(entries);
      const count = new Map<string, number>();
      for (const { name } of entries) count.set(name, (count.get(name) ?? 0) + 1);
      this.members = entries
        .filter(({ name }) => !name.endsWith('/') && !isLitter(name))
        .map((entry) => {
          const isRepeated = entry.refusal === null && count.get(entry.name)! > 1;
          const kept = isRepeated ? { ...entry, refusal: inEnglish('it is there more than once') } : entry;
          this.#entries.set(kept.name, kept);
          return kept;
        });
    } catch (error) {
      this.#handle.close();
      throw error;
    }
  }

  /** The member of that name, null when there is none. */
  find(name: string): ZipMember | null {
    return this.#entries.get(normaliseName(name)) ?? null;
  }

  /**
   * The bytes of a member: stored ones straight out of the archive, deflated ones as they are read, with their CRC-32
   * checked at their end. The archive stays open until this and everything else is closed.
   * @throws Failure `package.unsafe-name`, `package.file-missing`, `package.malformed`, `image.unsupported`.
   */
  open(name: string): ByteSource {
    const entry = this.#entries.get(normaliseName(name));
    const reason = entry === undefined ? nameRefusal(name) : entry.refusal;
    if (reason !== null) throw new Failure('package.unsafe-name', { name, reason });
    if (entry === undefined) throw new Failure('package.file-missing', { file: name });
    if (entry.method !== stored && entry.method !== deflated) {
      const feature = inEnglish('the compression {method} of {name}', {
        method: methodNames[entry.method] ?? String(entry.method),
        name: entry.name,
      });
      throw new Failure('image.unsupported', { format: 'zip', feature });
    }
    const archive = this.#archive.lend();
    try {
      const span = { start: this.#dataOffset(archive, entry), length: entry.compressedBytes };
      const path = `${archive.path}:${entry.name}`;
      const slice = new SliceSource(archive, span, path);
      return entry.method === stored ? slice : inflated(slice, entry, path, this.#limits);
    } catch (error) {
      archive.close();
      throw error;
    }
  }

  close(): void {
    this.#handle.close();
  }

  /** Notes where each member must end; members that share bytes are how a small file claims to be endless. */
  #placeMembers(entries: readonly Entry[]): void {
    const sorted = [...entries].sort((a, b) => a.localOffset - b.localOffset);
    for (const [index, entry] of sorted.entries()) {
      const end = sorted[index + 1]?.localOffset ?? this.#directoryOffset;
      const least = localHeader.sizeBytes + entry.nameBytes + entry.compressedBytes;
      if (entry.localOffset + least > end) throw malformedZip(inEnglish('its members overlap'));
      this.#ends.set(entry.localOffset, end);
    }
  }

  /** What the local header says must agree with the directory: programs differ in which of both they believe. */
  #dataOffset(archive: ByteSource, entry: Entry): number {
    const local = localHeader.read(archive, entry.localOffset);
    if (local.signature !== localSignature)
      throw malformedZip(inEnglish('no member begins where {name} should', { name: entry.name }));
    const nameOffset = entry.localOffset + localHeader.sizeBytes;
    const name = normaliseName(tarText(readBytes(archive, nameOffset, local.nameBytes)));
    if (name.slice(0, keptNameLength) !== entry.name || local.method !== entry.method) {
      throw malformedZip(inEnglish('{name} is called otherwise in its own header', { name: entry.name }));
    }
    const dataOffset = nameOffset + local.nameBytes + local.extraBytes;
    if (dataOffset + entry.compressedBytes > this.#ends.get(entry.localOffset)!) {
      throw malformedZip(inEnglish('its members overlap'));
    }
    return dataOffset;
  }
}

/** Raw DEFLATE between a gzip header and trailer made of what the directory says, so that size and CRC are checked. */
function inflated(slice: ByteSource, entry: Entry, path: string, limits: DecodeLimits): ByteSource {
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, entry.crc32, true);
  trailer.setUint32(4, entry.sizeBytes % 2 ** 32, true);
  const header = Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  const member = new ConcatenatedSource(
    [new MemorySource(header, path), slice, new MemorySource(new Uint8Array(trailer.buffer), path)],
    path,
  );
  return new DecodedSource(
    member,
    path,
    { ...gzipStream(member), statedBytes: () => entry.sizeBytes },
    limits,
  );
}

function readEntries(file: ByteSource, directory: Directory): Entry[] {
  if (directory.entryCount > memberLimit)
    throw malformedZip(inEnglish('more than {memberLimit} members', { memberLimit }));
  if (directory.lengthBytes > directoryLimitBytes) throw malformedZip(inEnglish('the directory is too long'));
  const bytes = readBytes(file, directory.fileOffset, directory.lengthBytes);
  const entries: Entry[] = [];
  let at = 0;
  for (let index = 0; index < directory.entryCount; index++) {
    if (at + centralHeader.sizeBytes > bytes.length)
      throw malformedZip(inEnglish('the directory is cut off'));
    const header = centralHeader.decode(bytes, at, directory.fileOffset + at);
    if (header.signature !== centralSignature)
      throw malformedZip(inEnglish('the directory has something else in it'));
    const name: Span = { start: at + centralHeader.sizeBytes, length: header.nameBytes };
    const extraStart = name.start + name.length;
    const next = extraStart + header.extraBytes + header.commentBytes;
    if (next > bytes.length) throw malformedZip(inEnglish('the directory is cut off'));
    const spelled = tarText(bytes.subarray(name.start, extraStart));
    const extra = bytes.subarray(extraStart, extraStart + header.extraBytes);
    entries.push(readEntry(header, spelled, extra, directory));
    at = next;
  }
  return entries;
}

function readEntry(header: CentralHeader, spelled: string, extra: Uint8Array, directory: Directory): Entry {
  const { sizeBytes, compressedBytes, localOffset } = widen(header, extra);
  const isImpossible =
    (header.method === stored && sizeBytes !== compressedBytes && (header.flags & 1) === 0) ||
    (header.method === deflated && sizeBytes > compressedBytes * largestRatio);
  if (isImpossible) throw malformedZip(inEnglish('a member cannot have the size it claims'));
  // normaliseName() drops the slash by which a folder is known.
  const name = normaliseName(spelled).slice(0, keptNameLength) + (spelled.endsWith('/') ? '/' : '');
  return {
    name,
    sizeBytes,
    refusal: nameRefusal(spelled) ?? refusalOf(header),
    localOffset: localOffset + directory.prefixBytes,
    compressedBytes,
    method: header.method,
    crc32: header.crc32,
    nameBytes: header.nameBytes,
  };
}

/** The upper half of the attributes is a Unix mode where the upper byte of "made by" is 3. */
function refusalOf(header: CentralHeader): string | null {
  if (header.flags & 0x2041) return 'it is encrypted';
  const kind = header.madeBy >> 8 === 3 ? (header.externalAttributes >>> 28) & 15 : 0;
  if (kind === 0xa) return 'it is a link';
  return kind === 0 || kind === 8 || kind === 4 ? null : 'it is a device';
}
