/** ESX server sparse extents, "COWD" files: the redo logs of vmfsSparse disks ("ESX Server Sparse Extents"). */
import type { Warning } from '#shared/domain/image.ts';
import { inEnglish } from '#shared/in-english.ts';
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
  if (header.magicNumber !== cowMagic)
    throw cowDiskHeader.malformed('magicNumber', inEnglish('it is not {cowMagic}', { cowMagic }));
  if (header.version !== 1)
    throw unsupported(
      inEnglish('ESX server sparse extents of version {version}', { version: header.version }),
    );
  if (grainSize < 1 || grainSize > maximumGrainSectors || (grainSize & (grainSize - 1)) !== 0) {
    throw cowDiskHeader.malformed(
      'grainSize',
      inEnglish('{grainSize} is not a power of two from 1 to {maximumGrainSectors}', {
        grainSize,
        maximumGrainSectors,
      }),
    );
  }
  if (numSectors === 0) throw cowDiskHeader.malformed('numSectors', inEnglish('it holds nothing'));
  const grainCount = Math.ceil(numSectors / grainSize);
  const tableCount = Math.ceil(grainCount / cowGrainTableEntries);
  if (numGDEntries < tableCount) {
    throw cowDiskHeader.malformed(
      'numGDEntries',
      inEnglish('{numSectors} sectors need {tableCount} entries, not {numGDEntries}', {
        numSectors,
        tableCount,
        numGDEntries,
      }),
    );
  }
  const directory = { start: gdOffset * sectorBytes, length: tableCount * 4 };
  if (directory.start < cowDiskHeader.sizeBytes) {
    throw cowDiskHeader.malformed(
      'gdOffset',
      inEnglish('sector {gdOffset} is within the header', { gdOffset }),
    );
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
