/** ESX server sparse extents, "COWD" files: the redo logs of vmfsSparse disks ("ESX Server Sparse Extents"). */
import type { Warning } from '#shared/domain/image.ts';
import { requireWithin, type ByteSource } from '../../bytes/source.ts';
import { PagedGrainDirectory } from './grain-directory.ts';
import { cowDiskHeader, cowGrainTableEntries, cowMagic, sectorBytes, unsupported } from './layout.ts';
import type { SparseExtent } from './sparse-extent.ts';

/** "…between 1 sector and 1 MB." */
const maximumGrainSectors = 2048;

/**
 * The ESX server sparse extent in `source`.
 * @throws Failure `image.malformed`, `image.truncated`, `image.unsupported`.
 */
export function openCowExtent(source: ByteSource, warnings: Warning[]): SparseExtent {
  const header = cowDiskHeader.read(source, 0);
  const { grainSize, gdOffset, numGDEntries, numSectors } = header;
  if (header.magicNumber !== cowMagic) throw cowDiskHeader.malformed('magicNumber', `it is not ${cowMagic}`);
  if (header.version !== 1) throw unsupported(`ESX server sparse extents of version ${header.version}`);
  if (grainSize < 1 || grainSize > maximumGrainSectors || (grainSize & (grainSize - 1)) !== 0) {
    throw cowDiskHeader.malformed(
      'grainSize',
      `${grainSize} is not a power of two from 1 to ${maximumGrainSectors}`,
    );
  }
  if (numSectors === 0) throw cowDiskHeader.malformed('numSectors', 'it holds nothing');
  const grainCount = Math.ceil(numSectors / grainSize);
  const tableCount = Math.ceil(grainCount / cowGrainTableEntries);
  if (numGDEntries < tableCount) {
    throw cowDiskHeader.malformed(
      'numGDEntries',
      `${numSectors} sectors need ${tableCount} entries, not ${numGDEntries}`,
    );
  }
  const directory = { start: gdOffset * sectorBytes, length: tableCount * 4 };
  if (directory.start < cowDiskHeader.sizeBytes) {
    throw cowDiskHeader.malformed('gdOffset', `sector ${gdOffset} is within the header`);
  }
  requireWithin(source, directory.start, directory.length);
  const shape = {
    grainBytes: grainSize * sectorBytes,
    grainsPerTable: cowGrainTableEntries,
    grainCount,
    directoryOffset: directory.start,
    redundantOffset: null,
    reserved: [{ start: 0, length: cowDiskHeader.sizeBytes }, directory],
    marked: false,
    zeroedGrains: false,
  };
  const grains = new PagedGrainDirectory(source, shape, warnings);
  return { source, directory: grains, capacitySectors: numSectors, markerBytes: null };
}
