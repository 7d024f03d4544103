/** What the tests of drivers write into a disk of any size: data at both ends and in the middle. */
import { noise } from '../pattern.ts';
import type { Piece } from './image-files.ts';

export function sampleContents(sizeBytes: number): Piece[] {
  return [
    { at: 0, bytes: noise(100_000, 1) },
    { at: Math.floor(sizeBytes / 2), bytes: noise(3000, 2) },
    { at: sizeBytes - 700, bytes: noise(700, 3) },
  ];
}
