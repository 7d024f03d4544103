/** The files that a VMDK's descriptor names: its extents, and its parent. */
import type { ByteSource } from '../../bytes/source.ts';
import type { ImageReferences } from '../driver.ts';
import { descriptorOrNull } from './descriptor-place.ts';
import { sparseKind } from './disk-extents.ts';
import { imageUuidOf, statedParent } from './parent.ts';

/** Nothing for a part of a disk, which names no file. An extent with its descriptor inside names itself. */
export function referencesOf(file: ByteSource): ImageReferences {
  const descriptor = descriptorOrNull(file);
  if (descriptor === null) return { parent: null, extents: [], identity: null };
  const names = descriptor.extents.flatMap(({ name }) => name ?? []);
  return {
    parent: statedParent(descriptor),
    extents: sparseKind(file) === 'hosted' ? [] : [...new Set(names)],
    identity: imageUuidOf(descriptor),
  };
}
