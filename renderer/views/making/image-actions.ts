/** What can be made of an image, or changed in it, as menu lines. */
import ArrowRightLeft from '@lucide/svelte/icons/arrow-right-left';
import CloudCheck from '@lucide/svelte/icons/cloud-check';
import GitCompareArrows from '@lucide/svelte/icons/git-compare-arrows';
import Package from '@lucide/svelte/icons/package';
import Scaling from '@lucide/svelte/icons/scaling';
import type { Component } from 'svelte';
import type { ImageInfo } from '#shared/domain/image.ts';
import type { MenuEntry } from '../../components/menu-entry.ts';
import { formats } from '../../state/formats.svelte.ts';
import { making } from '../../state/making.svelte.ts';
import { navigation } from '../../state/navigation.svelte.ts';

const icon = (component: unknown): Component => component as Component;

export function convertAction(path: string): MenuEntry {
  return {
    kind: 'action',
    label: 'Convert…',
    icon: icon(ArrowRightLeft),
    run: () => making.open({ kind: 'convert', path, snapshot: null }),
  };
}

/** For images and packages alike. */
export function preflightAction(path: string): MenuEntry {
  return {
    kind: 'action',
    label: 'Check for clouds',
    icon: icon(CloudCheck),
    run: () => navigation.go({ view: 'preflight', paths: [path] }),
  };
}

/** What else there is for a disk or a medium; a wrapped file is not changed in its place. */
export function imageActions(
  path: string,
  { kind, wrapper }: Pick<ImageInfo, 'kind' | 'wrapper'>,
): readonly MenuEntry[] {
  return [
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
    ...(kind === 'disk' && formats.builders.some(({ inputs }) => inputs.kind === 'disks')
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
