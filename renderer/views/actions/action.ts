/** An action on images, and how a list of them becomes a menu. */
import type { Component } from 'svelte';
import type { MenuEntry } from '../../components/menu-entry.ts';
import type { Chosen } from '../../state/subject.ts';

/** One action for every place that offers it: menus, the palette, the keys of a row. */
export interface ActionDeclaration {
  readonly id: string;
  /** What belongs together: a menu draws a line between two groups. */
  readonly group: 'open' | 'make' | 'check' | 'mark' | 'file' | 'go';
  readonly icon: Component;
  /** `KeyboardEvent.key`, and how it is written on the keyboard. */
  readonly key?: { readonly name: string; readonly label: string };
  readonly danger?: boolean;
  /** In a menu it stands below this line. */
  readonly under?: string;
  readonly title: (chosen: Chosen) => string;
  /** Whether it can be done with what is chosen: what cannot is not offered. */
  readonly fits: (chosen: Chosen) => boolean;
  readonly run: (chosen: Chosen) => void | Promise<void>;
}

export interface Action {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly icon: Component;
  readonly key: { readonly name: string; readonly label: string } | undefined;
  readonly danger: boolean;
  readonly under: string | undefined;
  readonly run: () => void;
}

/** The actions as lines of a menu. */
export function menuOf(actions: readonly Action[]): readonly MenuEntry[] {
  const entries: MenuEntry[] = [];
  let group: string | null = null;
  for (const action of actions) {
    if (group !== null && action.group !== group) entries.push({ kind: 'line' });
    group = action.group;
    if (action.under === undefined) entries.push(entryOf(action, action.title));
    else addUnder(entries, action, action.under);
  }
  return entries;
}

function entryOf(
  { title: _, icon, key, danger, run }: Action,
  label: string,
): MenuEntry & { kind: 'action' } {
  return { kind: 'action', label, icon, danger, run, ...(key === undefined ? {} : { shortcut: key.label }) };
}

/** `Copy as libvirt disk` under `Copy as` is `libvirt disk`. */
function addUnder(entries: MenuEntry[], action: Action, under: string): void {
  const entry = entryOf(action, action.title.replace(`${under} `, ''));
  const last = entries.at(-1);
  if (last?.kind === 'menu' && last.label === under) {
    entries[entries.length - 1] = { ...last, entries: [...last.entries, entry] };
  } else entries.push({ kind: 'menu', label: under, icon: action.icon, entries: [entry] });
}
