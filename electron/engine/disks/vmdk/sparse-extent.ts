/** Hosted sparse extents: from a checked header to the grains ("Hosted Sparse Extents", "Stream-Optimized Compressed …"). */
import type { Span, Warning } from '#shared/domain/image.ts';
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { PagedGrainDirectory, type GrainDirectory } from './grain-directory.ts';
import {
  markerGrainDirectory,
  maximumSectors,
  metadataMarker,
  sectorBytes,
  sparseExtentHeader,
} from './layout.ts';
import type { SparseHeader } from './sparse-header.ts';

/** A file of grains: which is where, and in what form. */
export interface SparseExtent {
  readonly source: ByteSource;
  readonly directory: GrainDirectory;
  readonly capacitySectors: number;
  /** Null where grains are stored as they are; else the bytes before the deflated ones. */
  readonly markerBytes: number | null;
}

/** With markers each grain has its sector number and its size, without them only the size. */
const grainMarkerBytes = 12;
const sizeOnlyBytes = 4;

/**
 * The sparse extent in `source`, whose header is `header`.
 * @throws Failure `image.malformed`, `image.truncated` when its tables cannot be where the header says.
 */
export function openSparseExtent(
  source: ByteSource,
  header: SparseHeader,
  warnings: Warning[],
): SparseExtent {
  const grainCount = Math.ceil(header.capacity / header.grainSize);
  const directoryBytes = Math.ceil(grainCount / header.numGTEsPerGT) * 4;
  const fixed = fixedSpans(header);
  const usable = (sector: number): Span | null => {
    const span = { start: sector * sectorBytes, length: directoryBytes };
    const inside = sector > 0 && span.start + span.length <= source.sizeBytes;
    return inside && !fixed.some((other) => overlap(span, other)) ? span : null;
  };
  const primary = usable(header.gdOffset);
  const redundant = header.rgdOffset === null ? null : usable(header.rgdOffset);
  const directory = primary ?? redundant;
  if (directory === null) throw unusableDirectory(source, header, directoryBytes);
  if (primary === null) warnDirectory(warnings, 'grain directory');
  if (redundant === null && header.rgdOffset !== null) warnDirectory(warnings, 'redundant grain directory');
  if (primary !== null && redundant !== null && overlap(primary, redundant)) {
    throw sparseExtentHeader.malformed(
      'rgdOffset',
      inEnglish('both grain directories are in the same place'),
      header.fileOffset,
    );
  }
  const marked = header.markers && header.fileOffset > 0;
  if (marked) requireDirectoryMarker(source, directory.start);
  const shape = {
    grainBytes: header.grainSize * sectorBytes,
    grainsPerTable: header.numGTEsPerGT,
    grainCount,
    directoryOffset: directory.start,
    redundantOffset: primary === null ? null : (redundant?.start ?? null),
    reserved: [...fixed, directory, ...(redundant === null ? [] : [redundant])],
    marked,
    zeroedGrains: true,
  };
  return {
    source,
    directory: new PagedGrainDirectory(source, shape, warnings),
    capacitySectors: header.capacity,
    markerBytes: header.compressed ? (header.markers ? grainMarkerBytes : sizeOnlyBytes) : null,
  };
}

/** The header, the descriptor, and the footer with its marker. */
export function fixedSpans(header: SparseHeader): Span[] {
  const spans: Span[] = [{ start: 0, length: sectorBytes }];
  if (header.descriptorOffset > 0) {
    const { descriptorOffset, descriptorSize } = header;
    spans.push({ start: descriptorOffset * sectorBytes, length: descriptorSize * sectorBytes });
  }
  if (header.fileOffset > 0) spans.push({ start: header.fileOffset - sectorBytes, length: 2 * sectorBytes });
  return spans;
}

function unusableDirectory(source: ByteSource, header: SparseHeader, directoryBytes: number): Failure {
  const end = header.gdOffset * sectorBytes + directoryBytes;
  if (header.gdOffset > maximumSectors) {
    const problem = inEnglish('sector {gdOffset} is beyond any possible size', { gdOffset: header.gdOffset });
    return sparseExtentHeader.malformed('gdOffset', problem, header.fileOffset);
  }
  if (header.gdOffset > 0 && end > source.sizeBytes) {
    return new Failure('image.truncated', {
      path: source.path,
      neededBytes: end,
      actualBytes: source.sizeBytes,
    });
  }
  const problem = inEnglish('there is no grain directory at sector {gdOffset}: that holds other metadata', {
    gdOffset: header.gdOffset,
  });
  return sparseExtentHeader.malformed('gdOffset', problem, header.fileOffset);
}

/** "Markers": a footer tells where the directory is, and there it must be marked as one. */
function requireDirectoryMarker(source: ByteSource, directoryOffset: number): void {
  const fileOffset = directoryOffset - sectorBytes;
  const { size, type } = metadataMarker.read(source, fileOffset);
  if (size !== 0 || type !== markerGrainDirectory) {
    throw metadataMarker.malformed(
      'type',
      inEnglish('no grain directory marker precedes the grain directory'),
      fileOffset,
    );
  }
}

function warnDirectory(warnings: Warning[], structure: string): void {
  warnings.push({
    code: `vmdk.damaged-${structure.replaceAll(' ', '-')}`,
    message: inEnglish('The {structure} cannot be read; its other copy is used.', { structure }),
  });
}

export function overlap(a: Span, b: Span): boolean {
  return a.start < b.start + b.length && b.start < a.start + a.length;
}
