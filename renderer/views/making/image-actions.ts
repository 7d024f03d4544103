/** What can be made of an image, or changed in it, as menu lines. */
import ArrowRightLeft from '@lucide/svelte/icons/arrow-right-left';
import GitCompareArrows from '@lucide/svelte/icons/git-compare-arrows';
import Package from '@lucide/svelte/icons/package';
import Scaling from '@lucide/svelte/icons/scaling';
import type { Component } from 'svelte';
import type { ImageInfo } from '#shared/domain/image.ts';
import type { MenuEntry } from '../../components/menu-entry.ts';
import { making } from '../../state/making.svelte.ts';

/** For a disk or a medium; a wrapped file is not changed in its place. */
export function imageActions(
  path: string,
  { kind, wrapper }: Pick<ImageInfo, 'kind' | 'wrapper'>,
): readonly MenuEntry[] {
  const icon = (component: unknown): Component => component as Component;
  return [
    {
      kind: 'action',
      label: 'Convert…',
      icon: icon(ArrowRightLeft),
      run: () => making.open({ kind: 'convert', path, snapshot: null }),
    },
    ...(kind === 'disk' && wrapper === null
      ? [
          {
            kind: 'action' as const,
            label: 'Resize…',
            icon: icon(Scaling),
            run: () => making.open({ kind: 'resize', path }),
          },
        ]
      : []),
    {
      kind: 'action',
      label: 'Compare with…',
      icon: icon(GitCompareArrows),
      run: () => void making.compareWith(path),
    },
    ...(kind === 'disk'
      ? [
          {
            kind: 'action' as const,
            label: 'Build a package…',
            icon: icon(Package),
            run: () => making.open({ kind: 'build', inputs: [path] }),
          },
        ]
      : []),
  ];
}
