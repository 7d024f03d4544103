/** Where a file's blocks lie, by direct and indirect block numbers, as ext2 and ext3 keep them. */
import type { BlockMap, MappedRun } from '../block-map.ts';
import type { ExtVolume } from './volume.ts';

const directCount = 12;

export function indirectBlocks(volume: ExtVolume, root: Uint8Array): BlockMap {
  const { blockBytes } = volume;
  return (fileOffset) => {
    const within = fileOffset % blockBytes;
    const run = find(volume, root, (fileOffset - within) / blockBytes);
    const start = run.volumeOffset;
    return { length: run.length - within, volumeOffset: start === null ? null : start + within };
  };
}

function find(volume: ExtVolume, root: Uint8Array, logical: number): MappedRun {
  const { blockBytes } = volume;
  const perBlock = blockBytes / 4;
  if (logical < directCount) return runIn(volume, root, logical, directCount);
  let rest = logical - directCount;
  let covered = perBlock;
  for (let level = 1; level <= 3; level++, covered *= perBlock) {
    if (rest >= covered) {
      rest -= covered;
      continue;
    }
    let pointer = numberAt(root, directCount + level - 1);
    let span = covered;
    for (let depth = level; depth > 0; depth--) {
      if (pointer === 0) return { length: (span - (rest % span)) * blockBytes, volumeOffset: null };
      const block = volume.block(pointer, 'indirect block');
      span /= perBlock;
      const index = Math.floor(rest / span) % perBlock;
      if (depth === 1) return runIn(volume, block, index, perBlock);
      pointer = numberAt(block, index);
    }
  }
  // Beyond the triple indirect block nothing can be stored.
  return { length: Number.MAX_SAFE_INTEGER - logical * blockBytes, volumeOffset: null };
}

/** How far the numbers from `index` on follow each other, or stay 0. */
function runIn(volume: ExtVolume, numbers: Uint8Array, index: number, end: number): MappedRun {
  const first = numberAt(numbers, index);
  let count = 1;
  while (index + count < end && numberAt(numbers, index + count) === (first === 0 ? 0 : first + count))
    count++;
  const length = count * volume.blockBytes;
  if (first === 0) return { length, volumeOffset: null };
  return { length, volumeOffset: volume.blockOffset(first, 'block number', count) };
}

function numberAt(block: Uint8Array, index: number): number {
  return new DataView(block.buffer, block.byteOffset).getUint32(index * 4, true);
}
