/** The extents of a disk, in the order of its descriptor: what reads them, and the files they are in. */
import type { Span, Warning } from '#shared/domain/image.ts';
import { inEnglish } from '#shared/in-english.ts';
import { readBytes, requireWithin, type ByteSource } from '../../bytes/source.ts';
import type { EncodedExtent, Extent, OpenContext } from '../driver.ts';
import { openCowExtent } from './cow-extent.ts';
import type { ExtentDescription } from './descriptor.ts';
import { latin1 } from './descriptor-text.ts';
import { GrainDecoder } from './grain-decoder.ts';
import { walkGrains } from './grain-walk.ts';
import {
  cowMagic,
  malformed,
  maximumSectors,
  sectorBytes,
  seSparseMagic,
  sparseMagic,
  unsupported,
} from './layout.ts';
import { openSeSparseExtent } from './se-sparse-extent.ts';
import { openSparseExtent, type SparseExtent } from './sparse-extent.ts';
import { readSparseHeader } from './sparse-header.ts';

/** A part of the virtual disk (bytes), and what its bytes are. */
export interface DiskExtent {
  readonly start: number;
  readonly length: number;
  /** The runs that tile `span`, which lies within this part. */
  runs(span: Span): Iterable<Extent>;
  decode?(extent: EncodedExtent, into: Uint8Array): void;
  /** What it is made of, for the facts; null for extents without grains. */
  readonly sparse: SparseExtent | null;
}

/** "ZERO": no file, nothing but zeros. */
export function zeroExtent(start: number, length: number): DiskExtent {
  return { start, length, sparse: null, runs: (span) => [{ state: 'zero', ...span }] };
}

/** "Simple Extents": the bytes of a file from `fileOffset` on. @throws Failure `image.truncated` when it is too short. */
export function flatExtent(
  source: ByteSource,
  fileOffset: number,
  start: number,
  length: number,
): DiskExtent {
  requireWithin(source, fileOffset, length);
  const shift = fileOffset - start;
  return {
    start,
    length,
    sparse: null,
    *runs(span) {
      for (const run of source.runs({ start: span.start + shift, length: span.length })) {
        const virtual = { start: run.start - shift, length: run.length };
        if (run.hole) yield { state: 'zero', ...virtual };
        else yield { state: 'stored', ...virtual, source, fileOffset: run.start };
      }
    },
  };
}

/** A sparse extent of any kind. `length` is what the descriptor gives it, at most its own capacity. */
export function grainExtent(sparse: SparseExtent, start: number, length: number): DiskExtent {
  const runs = (span: Span): Iterable<Extent> => walkGrains(sparse, start, length, span);
  if (sparse.markerBytes === null) return { start, length, sparse, runs };
  const decoder = new GrainDecoder(sparse, start, length);
  return { start, length, sparse, runs, decode: (extent, into) => decoder.decode(extent, into) };
}

/**
 * Opens the extents that the descriptor lists, one behind the other.
 * @param first the sparse extent that the descriptor is embedded in, which is the first whatever its name: files get renamed.
 * @param opened gets each file that is opened, also when this throws.
 * @throws Failure `image.*`, `reference.denied`.
 */
export function openExtents(
  descriptions: readonly ExtentDescription[],
  first: SparseExtent | null,
  context: OpenContext,
  opened: ByteSource[],
  warnings: Warning[],
): DiskExtent[] {
  const extents: DiskExtent[] = [];
  const byName = new Map<string, ByteSource>();
  let start = 0;
  for (const [index, description] of descriptions.entries()) {
    const length = description.sectors * sectorBytes;
    if (start + length > maximumSectors * sectorBytes) {
      throw malformed(
        'extent description',
        'size',
        description.fileOffset,
        inEnglish('together the extents are too large'),
      );
    }
    if (index === 0 && first !== null) {
      if (description.type !== 'SPARSE') {
        const problem = inEnglish('the extent with the descriptor in it is sparse, not {type}', {
          type: description.type,
        });
        throw malformed('extent description', 'type', description.fileOffset, problem);
      }
      extents.push(sizedGrainExtent(first, description, start));
    } else {
      extents.push(openExtent(description, start, byName, context, opened, warnings));
    }
    start += length;
  }
  return extents;
}

function openExtent(
  description: ExtentDescription,
  start: number,
  byName: Map<string, ByteSource>,
  context: OpenContext,
  opened: ByteSource[],
  warnings: Warning[],
): DiskExtent {
  const { type, access, name, offsetSectors } = description;
  const length = description.sectors * sectorBytes;
  if (type === 'ZERO') return zeroExtent(start, length);
  if (type === 'VMFSRDM' || type === 'VMFSRAW')
    throw unsupported(inEnglish('raw device mappings ({type} extents)', { type }));
  if (access === 'NOACCESS') throw unsupported(inEnglish('extents that may not be accessed'));
  const flat = type === 'FLAT' || type === 'VMFS';
  // A disk of partitions names one file for many of its extents.
  let source = byName.get(name!);
  if (source === undefined) {
    source = context.openReference({ name: name!, format: flat ? 'raw' : 'vmdk' });
    opened.push(source);
    byName.set(name!, source);
  }
  if (flat) return flatExtent(source, offsetSectors * sectorBytes, start, length);
  return sizedGrainExtent(openSparseFile(source, warnings), description, start);
}

/** The content decides which kind of sparse extent it is, as VMware and qemu have it. */
function openSparseFile(source: ByteSource, warnings: Warning[]): SparseExtent {
  switch (sparseKind(source)) {
    case 'hosted': {
      const header = readSparseHeader(source);
      if (header.capacity === 0) throw unsupported(inEnglish('extents that are descriptors themselves'));
      return openSparseExtent(source, header, warnings);
    }
    case 'cow':
      return openCowExtent(source, warnings);
    case 'seSparse':
      return openSeSparseExtent(source);
    case null:
      throw malformed(
        'sparse extent',
        'magic',
        0,
        inEnglish('{path} is no sparse extent', { path: source.path }),
      );
  }
}

/** Which kind of sparse extent a file is, by its magic. */
export function sparseKind(source: ByteSource): 'hosted' | 'cow' | 'seSparse' | null {
  if (source.sizeBytes < 8) return null;
  const head = readBytes(source, 0, 8);
  const magic = latin1(head.subarray(0, 4));
  if (magic === sparseMagic) return 'hosted';
  if (magic === cowMagic) return 'cow';
  return new DataView(head.buffer).getBigUint64(0, true) === seSparseMagic ? 'seSparse' : null;
}

/**
 * The descriptor's size counts: VirtualBox rounds the header's up to whole grains, and the next extent follows the
 * descriptor's. Any other difference means that one of them is damaged, and with it what is where.
 */
function sizedGrainExtent(sparse: SparseExtent, description: ExtentDescription, start: number): DiskExtent {
  const { sectors, fileOffset } = description;
  const grainSectors = sparse.directory.grainBytes / sectorBytes;
  const rounded = Math.ceil(sectors / grainSectors) * grainSectors;
  if (sparse.capacitySectors !== sectors && sparse.capacitySectors !== rounded) {
    const problem = inEnglish("{sectors} sectors, but the extent's own header says {capacitySectors}", {
      sectors,
      capacitySectors: sparse.capacitySectors,
    });
    throw malformed('extent description', 'size', fileOffset, problem);
  }
  return grainExtent(sparse, start, sectors * sectorBytes);
}
