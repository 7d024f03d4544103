/** Bundles the window: plain files beside each other that a strict content security policy lets through. */
import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { projectFolder, rendererFolder } from './paths.ts';

export default defineConfig({
  root: join(projectFolder, 'renderer'),
  // The same files are served from app://platter/ and from the loopback host.
  base: './',
  publicDir: 'public',
  plugins: [svelte({ configFile: false })],
  build: {
    outDir: rendererFolder,
    emptyOutDir: true,
    // The oldest Chromium that the tests drive; current Electron and browsers are far ahead of it.
    target: 'chrome114',
    sourcemap: true,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    license: { fileName: 'third-party-licenses.md' },
    chunkSizeWarningLimit: 1500,
  },
});
