/** One line of a menu, as data. */
import type { Component } from 'svelte';

export type MenuEntry =
  | {
      readonly kind: 'action';
      readonly label: string;
      readonly icon?: Component;
      readonly shortcut?: string;
      readonly danger?: boolean;
      readonly disabled?: boolean;
      readonly run: () => void;
    }
  | {
      readonly kind: 'menu';
      readonly label: string;
      readonly icon?: Component;
      readonly entries: readonly MenuEntry[];
    }
  | { readonly kind: 'line' };
