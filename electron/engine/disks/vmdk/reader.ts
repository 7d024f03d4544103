/** Opening a VMDK: from a descriptor file or a sparse extent with its descriptor inside to the disk. */
import type { Fact, FileReference, Snapshot, Span, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import type { ByteSource } from '../../bytes/source.ts';
import type { DiskReader, EncodedExtent, Extent, OpenContext } from '../driver.ts';
import { encryptionMethod, parentHint, parseDescriptor, type Descriptor } from './descriptor.ts';
import { readDescriptorText } from './descriptor-text.ts';
import { grainExtent, openExtents, sparseKind, type DiskExtent } from './disk-extents.ts';
import { vmdkFacts } from './facts.ts';
import {
  format,
  malformed,
  maximumDescriptorBytes,
  sectorBytes,
  sparseExtentHeader,
  unsupported,
} from './layout.ts';
import { openSparseExtent, type SparseExtent } from './sparse-extent.ts';
import { readSparseHeader, type SparseHeader } from './sparse-header.ts';

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
      message: `File names are in an unknown encoding, "${encoding}".`,
    });
  }
  if (header !== null && header.uncleanShutdown !== 0) {
    warnings.push({
      code: 'vmdk.unclean',
      message: 'The disk was not closed cleanly: its last writes may be missing.',
    });
  }
  // Headers of flat disks hold a descriptor and no grains.
  const sparse = header === null || header.capacity === 0 ? null : openSparseExtent(file, header, warnings);
  const encryption = encryptionMethod(descriptor);
  if (encryption !== null && sparse === null) {
    throw new Failure('image.encrypted', { format, method: encryption });
  }
  const parent = parentReference(file, descriptor);
  const extents = listedExtents(descriptor, sparse, context, opened, warnings);
  return new VmdkReader({ descriptor, extents, parent, encryption, warnings, opened });
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
  if (sparse === null) throw malformed('descriptor', 'extent description', 0, 'it lists no extents');
  return [grainExtent(sparse, 0, sparse.capacitySectors * sectorBytes)];
}

/** What such a file holds cannot be told without the descriptor: whether it has a parent, and what lies before and after it. */
function loneExtent(): Failure {
  return unsupported('a part of a disk by itself (open the descriptor file that lists the parts)');
}

function separateDescriptor(file: ByteSource): Descriptor {
  const text = readDescriptorText(file, 0, file.sizeBytes);
  const descriptor = parseDescriptor(text, 0);
  if (
    !descriptor.values.has('createtype') &&
    descriptor.extents.length === 0 &&
    encryptionMethod(descriptor) === null
  ) {
    throw malformed('descriptor', 'createType', 0, 'it is neither a descriptor nor a sparse extent');
  }
  return descriptor;
}

function embeddedDescriptor(file: ByteSource, header: SparseHeader): Descriptor {
  const { descriptorOffset, descriptorSize, fileOffset } = header;
  if (descriptorOffset === 0) throw loneExtent();
  if (descriptorSize < 1 || descriptorSize * sectorBytes > maximumDescriptorBytes) {
    const problem = `a descriptor of ${descriptorSize} sectors cannot be`;
    throw sparseExtentHeader.malformed('descriptorSize', problem, fileOffset);
  }
  const start = descriptorOffset * sectorBytes;
  const text = readDescriptorText(file, start, descriptorSize * sectorBytes);
  // qemu leaves room for a descriptor in the parts of a split disk too.
  if (text === '' && descriptorOffset === 1) throw loneExtent();
  const descriptor = parseDescriptor(text, start);
  if (
    !descriptor.values.has('createtype') &&
    !descriptor.values.has('cid') &&
    encryptionMethod(descriptor) === null
  ) {
    throw sparseExtentHeader.malformed('descriptorOffset', 'there is no descriptor', fileOffset);
  }
  return descriptor;
}

function parentReference(file: ByteSource, descriptor: Descriptor): FileReference | null {
  const hint = parentHint(descriptor);
  if (hint === null) return null;
  if (hint.name !== null) return { name: hint.name, format };
  throw new Failure('image.parent-missing', { path: file.path, reference: hint.identifier });
}

interface Opened {
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
  readonly snapshots: readonly Snapshot[] = [];
  readonly encryption: string | null;
  readonly facts: readonly Fact[];
  readonly warnings: readonly Warning[];
  /** Absent where no extent is compressed. */
  readonly decode?: (extent: EncodedExtent, into: Uint8Array) => void;
  readonly #extents: readonly DiskExtent[];
  readonly #opened: readonly ByteSource[];

  constructor({ descriptor, extents, parent, encryption, warnings, opened }: Opened) {
    const last = extents[extents.length - 1]!;
    const compressed = extents.some((extent) => extent.decode !== undefined);
    this.capacityBytes = last.start + last.length;
    this.variant =
      descriptor.values.get('createtype') ?? (compressed ? 'streamOptimized' : 'monolithicSparse');
    this.parent = parent;
    this.encryption = encryption;
    this.facts = vmdkFacts(descriptor, extents, this.variant);
    this.warnings = warnings;
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
