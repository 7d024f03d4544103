/** Wrappers: what images are shipped in (compressions, and archives of one image), and taking them off. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../bytes/source.ts';
import { openArchive, type Archive } from './archive.ts';
import { compressions, probeCompression } from './compressions.ts';
import { DecodedSource, type DecodeLimits, type SizeMemory } from './decoded-source.ts';
import { isTar } from './tar.ts';
import { gzipCreation, tarGzipCreation, xzCreation, zstdCreation } from './wrapper-creations.ts';
import type { WrapperCreation } from './wrapped-sink.ts';
import { isZip } from './zip.ts';

/** One kind of wrapper. */
export interface Wrapper {
  readonly id: string;
  readonly title: string;
  /** Without the dot; the first is the usual one. */
  readonly extensions: readonly string[];
  /** By content. Never throws for what a file holds. */
  probe(file: ByteSource): boolean;
  /**
   * The bytes of what is in it. Takes ownership of `file`: closes it, when it throws too.
   * @throws Failure `image.*`, `package.*`, `io.*`.
   */
  open(file: ByteSource, limits: DecodeLimits): ByteSource;
  /** Present where Platter writes it. */
  readonly creation?: WrapperCreation;
}

const creations: Readonly<Record<string, WrapperCreation>> = {
  gzip: gzipCreation,
  xz: xzCreation,
  zstd: zstdCreation,
};

/** In the order of asking. */
export const wrappers: readonly Wrapper[] = [
  ...compressions.map((compression): Wrapper => {
    const { id, title, extensions, probe } = compression;
    const creation = creations[id];
    return {
      id,
      title,
      extensions,
      probe,
      open: (file, limits) => new DecodedSource(file, file.path, compression.stream(file, limits), limits),
      ...(creation === undefined ? {} : { creation }),
    };
  }),
  { id: 'tar', title: 'tar', extensions: ['tar'], probe: isTar, open: openOnlyImage },
  { id: 'zip', title: 'zip', extensions: ['zip'], probe: isZip, open: openOnlyImage },
];

/** What is only written as one: a tar in gzip that holds `disk.raw`. */
export const writtenWrappers: readonly (Pick<Wrapper, 'id' | 'title' | 'extensions'> & {
  readonly creation: WrapperCreation;
})[] = [
  ...wrappers.flatMap(({ id, title, extensions, creation }) =>
    creation === undefined ? [] : [{ id, title, extensions, creation }],
  ),
  {
    id: 'tar+gzip',
    title: inEnglish('tar.gz with disk.raw'),
    extensions: ['tar.gz'],
    creation: tarGzipCreation,
  },
];

/** A tar in gzip with an image in gzip: more than anybody makes on purpose. */
const layerLimit = 3;
/** Inside another compression, a dictionary must be smaller: both are in memory. */
const innerHistoryLimitBytes = 32 << 20;

export interface Unwrapped {
  readonly source: ByteSource;
  /** "gzip", "tar+gzip", …: the innermost first, as in `tar.gz`; null when there was nothing to take off. */
  readonly wrapper: string | null;
}

export interface UnwrapOptions {
  readonly throwIfCancelled?: () => void;
  /**
   * Whether the bytes are something by themselves, so that nothing more is taken off: a package (an OVA is a tar), a
   * disk whose content happens to look like an archive. `depth` is how many layers were taken off so far.
   */
  claims?(source: ByteSource, depth: number): boolean;
  /** The memory of sizes for the compression at that depth. */
  sizeMemory?(depth: number): SizeMemory;
  /** Take off just these ("tar+gzip"), whatever is in them; `claims` is not asked. */
  readonly exactly?: string;
}

/**
 * Takes off up to three wrappers. Takes ownership of `source`: closes it when it throws.
 * @throws Failure `image.unsupported` for an archive of several images or too many layers, `image.unrecognised` for an
 * empty one, `image.*`, `package.*`, `io.*` for what is wrong in them.
 */
export function unwrap(source: ByteSource, options: UnwrapOptions = {}): Unwrapped {
  const names: string[] = [];
  let current = source;
  let compressionCount = 0;
  let owned: ByteSource | null = source;
  try {
    for (let depth = 0; ; depth++) {
      const wrapper = nextWrapper(current, depth, options);
      if (wrapper === null) break;
      if (depth === layerLimit) {
        throw new Failure('image.unsupported', {
          format: wrapper.id,
          feature: inEnglish('more than {layerLimit} wrappers in one another', { layerLimit }),
        });
      }
      const isCompression = !isArchiveId(wrapper.id);
      const size = isCompression ? options.sizeMemory?.(depth) : undefined;
      owned = null;
      current = owned = wrapper.open(current, {
        ...(options.throwIfCancelled === undefined ? {} : { throwIfCancelled: options.throwIfCancelled }),
        ...(compressionCount > 0 ? { historyLimitBytes: innerHistoryLimitBytes } : {}),
        ...(size === undefined ? {} : { size }),
      });
      if (isCompression) compressionCount += 1;
      names.unshift(wrapper.id);
    }
    return { source: current, wrapper: names.length === 0 ? null : names.join('+') };
  } catch (error) {
    owned?.close();
    throw error;
  }
}

/** What is to be taken off `current`, which `depth` others are off already; null when nothing is. */
function nextWrapper(current: ByteSource, depth: number, options: UnwrapOptions): Wrapper | null {
  if (options.exactly === undefined) {
    const wrapper = probeWrapper(current);
    return wrapper === null || options.claims?.(current, depth) === true ? null : wrapper;
  }
  const wanted = options.exactly.split('+').reverse()[depth];
  if (wanted === undefined) return null;
  const wrapper = wrappers.find(({ id }) => id === wanted);
  if (wrapper !== undefined && wrapper.probe(current)) return wrapper;
  throw new Failure('input.invalid', {
    problem: inEnglish('{path} is not in the wrapper "{exactly}"', {
      path: current.path,
      exactly: options.exactly,
    }),
  });
}

function isArchiveId(id: string): boolean {
  return id === 'tar' || id === 'zip';
}

/** The wrapper that `file` is; null when it is none. */
export function probeWrapper(file: ByteSource): Wrapper | null {
  const compression = probeCompression(file);
  const wanted = compression?.id ?? (isTar(file) ? 'tar' : isSeekableZip(file) ? 'zip' : null);
  return wrappers.find(({ id }) => id === wanted) ?? null;
}

/** A zip's directory is at its end: in a stream it would cost a pass to find, so that only the first layer may be one. */
function isSeekableZip(file: ByteSource): boolean {
  return file.seekable && isZip(file);
}

/** What image files are called; a README or a checksum beside them does not count. */
const imageExtensions =
  /\.(raw|img|image|bin|dd|disk|qcow2?|vmdk|vdi|vhdx?|vpc|iso|hdd|qed|dmg|root(fs)?|gz|xz|zst|bz2|lz4|lzma)$/i;

/** Opens the one image of an archive. */
function openOnlyImage(file: ByteSource, limits: DecodeLimits): ByteSource {
  const archive = openArchive(file, limits)!;
  try {
    return archive.open(onlyImage(archive, file.path));
  } finally {
    archive.close();
  }
}

function onlyImage(archive: Archive, path: string): string {
  const files = archive.members.filter(({ refusal, sizeBytes }) => refusal === null && sizeBytes > 0);
  const images = files.length === 1 ? files : files.filter(({ name }) => imageExtensions.test(name));
  const [image] = images;
  if (images.length === 1) return image!.name;
  if (files.length === 0) {
    const refused = archive.members.find(({ refusal }) => refusal !== null);
    if (refused !== undefined) {
      throw new Failure('package.unsafe-name', { name: refused.name, reason: refused.refusal! });
    }
    throw new Failure('image.unrecognised', { path });
  }
  const named = (images.length > 0 ? images : files).slice(0, 3).map(({ name }) => name);
  const count = images.length > 0 ? images.length : files.length;
  const names = named.join(', ') + (count > named.length ? ', …' : '');
  throw new Failure('image.unsupported', {
    format: archive.kind,
    feature:
      images.length > 0
        ? inEnglish('an archive of {count} images ({names})', { count, names })
        : inEnglish('an archive of {count} files ({names})', { count, names }),
  });
}
