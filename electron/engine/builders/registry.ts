/** Everything that Platter builds out of disks, folders or fields. */
import { Failure } from '#shared/failure.ts';
import { inEnglish } from '#shared/in-english.ts';
import { ami, amiDisk, uec } from './ami/index.ts';
import { boxLibvirt, boxVirtualBox } from './box/index.ts';
import type { Builder } from './driver.ts';
import { iso } from './iso/index.ts';
import { ova, ovf } from './ovf/index.ts';
import { repack } from './ovf/repack.ts';
import { seed } from './seed/index.ts';

export const builders: readonly Builder[] = [
  ova,
  ovf,
  repack,
  boxLibvirt,
  boxVirtualBox,
  iso,
  seed,
  ami,
  uec,
  amiDisk,
];

/** The builder with that id. @throws Failure `input.invalid`. */
export function builderOf(id: string): Builder {
  const builder = builders.find((candidate) => candidate.id === id);
  if (builder !== undefined) return builder;
  const known = builders.map((candidate) => candidate.id).join(', ');
  throw new Failure('input.invalid', {
    problem: inEnglish('Platter does not build "{id}"; it builds: {known}', { id, known }),
  });
}
