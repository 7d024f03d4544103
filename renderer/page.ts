/** Puts the page into the window and starts the session behind it. */
import { mount } from 'svelte';
import App from './App.svelte';
import { startSession } from './state/session.svelte.ts';

export function openPage(): void {
  const target = document.getElementById('platter');
  if (target === null) throw new Error('The page has no place for the window.');
  startSession();
  mount(App, { target });
}
