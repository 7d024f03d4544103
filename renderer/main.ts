/** Starts the window: the design, the session, the page. */
import { mount } from 'svelte';
import './design/tokens.css';
import './design/base.css';
import App from './App.svelte';
import { startSession } from './state/session.svelte.ts';

const target = document.getElementById('platter');
if (target === null) throw new Error('The page has no place for the window.');
startSession();
mount(App, { target });
