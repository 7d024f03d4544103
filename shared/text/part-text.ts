/** Words for how files belong together. */
import type { ReferenceRole, SumState } from '../domain/parts.ts';
import { inEnglish } from '../in-english.ts';
import { inWords } from './in-words.ts';

const roles: { readonly [Role in ReferenceRole]: string } = {
  parent: inEnglish('Parent'),
  extent: inEnglish('Extent'),
  member: inEnglish('Package file'),
  disk: inEnglish('Disk'),
  medium: inEnglish('Medium'),
  state: inEnglish('Machine state'),
  'piece-of': inEnglish('Piece'),
  'kernel-of': inEnglish('Kernel'),
  'ramdisk-of': inEnglish('RAM disk'),
};

const uses: { readonly [Role in ReferenceRole]: string } = {
  parent: inEnglish('as its parent'),
  extent: inEnglish('as an extent'),
  member: inEnglish('as a file of the package'),
  disk: inEnglish('as a disk'),
  medium: inEnglish('as a medium'),
  state: inEnglish('as its state'),
  'piece-of': inEnglish('as a piece'),
  'kernel-of': inEnglish('as its kernel'),
  'ramdisk-of': inEnglish('as its RAM disk'),
};

/** As what one file is used by another. */
export function useWords(role: ReferenceRole): string {
  return inWords(uses[role]);
}

/** What a file is to the one that it belongs to. */
export function partWords(role: ReferenceRole): string {
  return inWords(roles[role]);
}

const sums: { readonly [State in SumState]: string } = {
  unchecked: inEnglish('Not checked'),
  matches: inEnglish('Matches'),
  differs: inEnglish('Differs'),
  signed: inEnglish('Signed, signature not checked'),
};

/** How a file stands to a checksum. */
export function sumWords(state: SumState): string {
  return inWords(sums[state]);
}

const tones = { unchecked: 'neutral', matches: 'success', differs: 'danger', signed: 'neutral' } as const;

export function sumTone(state: SumState): (typeof tones)[SumState] {
  return tones[state];
}
