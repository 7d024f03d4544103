/** Opening a VMDK: from a descriptor file or a sparse extent with its descriptor inside to the disk. */
import type { OptionValues } from '#shared/domain/conversion.ts';
import type { Fact, FileReference, Snapshot, Span, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { DiskReader, EncodedExtent, Extent, OpenContext } from '../driver.ts';
import { encryptionMethod, type Descriptor } from './descriptor.ts';
import { embeddedDescriptor, loneExtent, separateDescriptor } from './descriptor-place.ts';
import { grainExtent, openExtents, sparseKind, type DiskExtent } from './disk-extents.ts';
import { vmdkFacts, vmdkOptions } from './facts.ts';
import { format, malformed, sectorBytes } from './layout.ts';
import { contentIdOf, parentReference, requireParent } from './parent.ts';
import { openSparseExtent, type SparseExtent } from './sparse-extent.ts';
import { readSparseHeader } from './sparse-header.ts';

/** Opens a VMDK. Takes ownership of `file`. @throws Failure `image.*`, `reference.denied`. */
export function openVmdk(file: ByteSource, context: OpenContext): DiskReader {
  const opened: ByteSource[] = [file];
  try {
    return open(file, context, opened);
  } catch (error) {
    for (const source of opened) source.close();
    throw error;
  }
}

function open(file: ByteSource, context: OpenContext, opened: ByteSource[]): DiskReader {
  const warnings: Warning[] = [];
  const kind = sparseKind(file);
  if (kind === 'cow' || kind === 'seSparse') throw loneExtent();
  const header = kind === 'hosted' ? readSparseHeader(file) : null;
  const descriptor = header === null ? separateDescriptor(file) : embeddedDescriptor(file, header);
  if (!descriptor.encodingKnown) {
    const encoding = descriptor.values.get('encoding') ?? '';
    warnings.push({
      code: 'vmdk.unknown-encoding',
      message: inEnglish('File names are in an unknown encoding, "{encoding}".', { encoding }),
    });
  }
  if (header !== null && header.uncleanShutdown !== 0) {
    warnings.push({
      code: 'vmdk.unclean',
      message: inEnglish('The disk was not closed cleanly: its last writes may be missing.'),
    });
  }
  // Headers of flat disks hold a descriptor and no grains.
  const sparse = header === null || header.capacity === 0 ? null : openSparseExtent(file, header, warnings);
  const encryption = encryptionMethod(descriptor);
  if (encryption !== null && sparse === null) {
    throw new Failure('image.encrypted', { format, method: encryption });
  }
  const parent = parentReference(file, descriptor, context);
  const extents = listedExtents(descriptor, sparse, context, opened, warnings);
  return new VmdkReader({ path: file.path, descriptor, extents, parent, encryption, warnings, opened });
}

/** The extents that the descriptor lists; without a list, the extent that the descriptor is in. */
function listedExtents(
  descriptor: Descriptor,
  sparse: SparseExtent | null,
  context: OpenContext,
  opened: ByteSource[],
  warnings: Warning[],
): DiskExtent[] {
  if (descriptor.extents.length > 0) {
    return openExtents(descriptor.extents, sparse, context, opened, warnings);
  }
  if (sparse === null)
    throw malformed('descriptor', 'extent description', 0, inEnglish('it lists no extents'));
  return [grainExtent(sparse, 0, sparse.capacitySectors * sectorBytes)];
}

interface Opened {
  readonly path: string;
  readonly descriptor: Descriptor;
  readonly extents: readonly DiskExtent[];
  readonly parent: FileReference | null;
  readonly encryption: string | null;
  readonly warnings: Warning[];
  readonly opened: readonly ByteSource[];
}

class VmdkReader implements DiskReader {
  readonly capacityBytes: number;
  readonly sectorBytes = sectorBytes;
  readonly variant: string;
  readonly parent: FileReference | null;
  readonly identity: string | null;
  readonly snapshots: readonly Snapshot[] = [];
  readonly encryption: string | null;
  readonly facts: readonly Fact[];
  readonly options: OptionValues;
  readonly warnings: readonly Warning[];
  /** Absent where no extent is compressed. */
  readonly decode?: (extent: EncodedExtent, into: Uint8Array) => void;
  readonly #path: string;
  readonly #descriptor: Descriptor;
  readonly #extents: readonly DiskExtent[];
  readonly #opened: readonly ByteSource[];

  constructor({ path, descriptor, extents, parent, encryption, warnings, opened }: Opened) {
    const last = extents[extents.length - 1]!;
    const compressed = extents.some((extent) => extent.decode !== undefined);
    this.capacityBytes = last.start + last.length;
    this.variant =
      descriptor.values.get('createtype') ?? (compressed ? 'streamOptimized' : 'monolithicSparse');
    this.parent = parent;
    this.identity = contentIdOf(descriptor);
    this.encryption = encryption;
    this.facts = vmdkFacts(descriptor, extents, this.variant);
    this.options = vmdkOptions(descriptor);
    this.warnings = warnings;
    this.#path = path;
    this.#descriptor = descriptor;
    this.#extents = extents;
    this.#opened = opened;
    if (compressed) {
      this.decode = (extent, into) => {
        const part = this.#extents[this.#indexOf(extent.start)]!;
        part.decode?.(extent, into);
      };
    }
  }

  *extents(span: Span): Iterable<Extent> {
    if (this.encryption !== null) throw new Failure('image.encrypted', { format, method: this.encryption });
    const end = span.start + span.length;
    let at = span.start;
    for (let index = this.#indexOf(at); at < end; index++) {
      const part = this.#extents[index]!;
      const stop = Math.min(end, part.start + part.length);
      yield* part.runs({ start: at, length: stop - at });
      at = stop;
    }
  }

  /** VMware gives a disk a new content id when it is first written to: its children are of no use from then on. */
  checkParent(parent: DiskReader): void {
    const descriptor = parent instanceof VmdkReader ? parent.#descriptor : null;
    requireParent(this.#descriptor, this.#path, descriptor, this.parent?.name ?? '');
  }

  /** The extent that holds that offset. */
  #indexOf(virtualOffset: number): number {
    let low = 0;
    let high = this.#extents.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#extents[middle]!.start <= virtualOffset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  close(): void {
    for (const source of this.#opened) source.close();
  }
}
