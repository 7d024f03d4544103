/** Who may import whom: the one table that the lint rule and the architecture test read. */
import { posix } from 'node:path';

export interface Layer {
  readonly name: string;
  /** The folder (with a slash at its end) or the single file, from the project's root. The longest match owns a file. */
  readonly path: string;
  /** The layers it may import, besides itself. '*' : all; composition roots only. */
  readonly layers: readonly string[];
  /** The layers of which it may import types only. */
  readonly types?: readonly string[];
  /** The packages and built-in modules it may import; 'node:' alone stands for those in `localModules`. */
  readonly packages: readonly string[];
}

/** The built-in modules that reach neither the network nor other programs. */
const localModules: readonly string[] = [
  'assert',
  'async_hooks',
  'buffer',
  'crypto',
  'diagnostics_channel',
  'events',
  'fs',
  'fs/promises',
  'module',
  'os',
  'path',
  'perf_hooks',
  'process',
  'stream',
  'stream/promises',
  'string_decoder',
  'timers',
  'timers/promises',
  'url',
  'util',
  'v8',
  'worker_threads',
  'zlib',
];

const rendererPackages = ['svelte', 'bits-ui', '@lucide/svelte', '@internationalized/date'] as const;

export const layers: readonly Layer[] = [
  // What both ends know.
  { name: 'shared', path: 'shared/', layers: [], packages: [] },
  { name: 'contract', path: 'shared/contract/', layers: ['shared'], packages: ['@orpc/contract', 'zod'] },
  { name: 'text', path: 'shared/text/', layers: ['shared'], packages: [] },

  // The engine: bytes ← archives, disks ← guests, packages ← pipeline ← operations.
  { name: 'engine', path: 'electron/engine/', layers: ['shared'], packages: ['node:'] },
  {
    name: 'bytes',
    path: 'electron/engine/bytes/',
    layers: ['shared', 'engine'],
    packages: ['node:', 'koffi'],
  },
  {
    name: 'archives',
    path: 'electron/engine/archives/',
    layers: ['shared', 'engine', 'bytes'],
    packages: ['node:'],
  },
  {
    name: 'disks',
    path: 'electron/engine/disks/',
    layers: ['shared', 'engine', 'bytes'],
    packages: ['node:'],
  },
  {
    name: 'guests',
    path: 'electron/engine/guests/',
    layers: ['shared', 'engine', 'bytes', 'archives', 'disks'],
    packages: ['node:'],
  },
  {
    name: 'packages',
    path: 'electron/engine/packages/',
    layers: ['shared', 'engine', 'bytes', 'archives', 'disks'],
    packages: ['node:', 'fast-xml-parser'],
  },
  {
    name: 'pipeline',
    path: 'electron/engine/pipeline/',
    layers: ['shared', 'engine', 'bytes', 'archives', 'disks', 'packages'],
    packages: ['node:'],
  },
  {
    name: 'operations',
    path: 'electron/engine/operations/',
    layers: ['shared', 'engine', 'bytes', 'archives', 'disks', 'guests', 'packages', 'pipeline'],
    packages: ['node:'],
  },

  // Around the engine.
  {
    name: 'worker',
    path: 'electron/worker/',
    layers: [
      'shared',
      'contract',
      'engine',
      'bytes',
      'archives',
      'disks',
      'guests',
      'packages',
      'pipeline',
      'operations',
    ],
    packages: ['node:', '@orpc/server', '@orpc/client', '@orpc/contract'],
  },
  {
    name: 'worker client',
    path: 'electron/worker/client.ts',
    layers: ['shared', 'contract', 'worker'],
    packages: ['node:', '@orpc/client', '@orpc/contract'],
  },
  {
    name: 'catalogue',
    path: 'electron/catalogue/',
    layers: ['shared'],
    packages: ['node:', 'better-sqlite3'],
  },
  {
    name: 'jobs',
    path: 'electron/jobs/',
    layers: ['shared', 'contract', 'text', 'worker client', 'catalogue'],
    packages: ['node:'],
  },
  {
    name: 'clouds',
    path: 'electron/clouds/',
    layers: ['shared'],
    types: ['engine', 'bytes', 'disks', 'packages'],
    packages: ['node:'],
  },
  {
    name: 'services',
    path: 'electron/services/',
    layers: ['shared', 'contract', 'text', 'jobs', 'catalogue', 'clouds', 'worker client'],
    types: ['engine', 'operations'],
    packages: ['node:', '@orpc/server', '@orpc/contract', 'zod'],
  },
  {
    name: 'web',
    path: 'electron/web/',
    layers: ['shared', 'contract', 'text'],
    types: ['services'],
    packages: ['node:', 'node:http', 'node:net', 'ws', '@orpc/server'],
  },
  {
    name: 'shell',
    path: 'electron/shell/',
    layers: ['shared', 'text'],
    types: ['services', 'contract'],
    packages: ['node:', 'electron', '@orpc/server'],
  },

  // The composition roots: the only places that know both an interface and what stands behind it.
  {
    name: 'command line',
    path: 'electron/cli/',
    layers: ['shared', 'contract', 'text', 'worker client', 'entries', 'catalogue', 'services'],
    packages: ['node:'],
  },
  { name: 'entries', path: 'electron/entries.ts', layers: [], types: ['worker client'], packages: ['node:'] },
  { name: 'main', path: 'electron/main.ts', layers: ['*'], packages: ['node:', 'electron', '@orpc/server'] },
  { name: 'preload', path: 'electron/preload.ts', layers: [], packages: ['electron'] },
  {
    name: 'serve',
    path: 'electron/serve.ts',
    layers: ['*'],
    packages: ['node:', 'node:http', 'node:net', 'ws', '@orpc/server'],
  },
  { name: 'cli', path: 'electron/cli.ts', layers: ['*'], packages: ['node:', 'commander'] },

  // The window: Action → call → state → view.
  { name: 'renderer', path: 'renderer/', layers: ['*'], packages: [...rendererPackages] },
  {
    name: 'api',
    path: 'renderer/api.ts',
    layers: ['shared', 'contract', 'text'],
    packages: ['@orpc/client', '@orpc/contract'],
  },
  {
    name: 'state',
    path: 'renderer/state/',
    layers: ['shared', 'text', 'api'],
    types: ['contract'],
    packages: ['svelte', '@orpc/client'],
  },
  {
    name: 'components',
    path: 'renderer/components/',
    layers: ['shared', 'text'],
    packages: [...rendererPackages],
  },
  {
    name: 'views',
    path: 'renderer/views/',
    layers: ['shared', 'text', 'components', 'state'],
    packages: [...rendererPackages],
  },
];

/** The layers whose folders hold one driver each: those folders never import each other. */
export const driverFolders: readonly string[] = [
  'electron/engine/disks/',
  'electron/engine/packages/',
  'electron/engine/guests/partitions/',
  'electron/engine/guests/filesystems/',
  'electron/clouds/',
];

/** The aliases that lead into a layer group from outside of it. */
export const aliases: readonly { readonly alias: string; readonly path: string }[] = [
  { alias: '#shared/', path: 'shared/' },
  { alias: '#engine/', path: 'electron/engine/' },
];

/** The layer of a file, by its path from the project's root; null for what the table does not govern (tests, tooling). */
export function layerOf(path: string): Layer | null {
  let found: Layer | null = null;
  for (const layer of layers) {
    const owns = layer.path.endsWith('/') ? path.startsWith(layer.path) : path === layer.path;
    if (owns && (found === null || layer.path.length > found.path.length)) found = layer;
  }
  return found;
}

/** The path from the project's root that a specifier names when imported in `from`; null for a package. */
export function resolveSpecifier(from: string, specifier: string): string | null {
  const file = specifier.replace(/\?.*$/, '');
  if (file.startsWith('.')) return posix.normalize(posix.join(posix.dirname(from), file));
  const alias = aliases.find((candidate) => file.startsWith(candidate.alias));
  return alias === undefined ? null : posix.normalize(alias.path + file.slice(alias.alias.length));
}

/** What is wrong with importing `specifier` in the file `from` (a path from the project's root); null when nothing is. */
export function judgeImport(from: string, specifier: string, typeOnly: boolean): string | null {
  const layer = layerOf(from);
  if (layer === null) return null;
  const target = resolveSpecifier(from, specifier);
  if (target === null) return judgePackage(layer, specifier, typeOnly);
  return (
    judgeSpelling(from, target, specifier) ??
    judgeDrivers(from, target) ??
    judgeLayers(layer, target, typeOnly)
  );
}

function judgePackage(layer: Layer, specifier: string, typeOnly: boolean): string | null {
  const allowed = layer.packages.some((name) => {
    if (name === 'node:') return specifier.startsWith('node:') && localModules.includes(specifier.slice(5));
    return specifier === name || specifier.startsWith(`${name}/`);
  });
  if (allowed) return null;
  // Types of the contract library are erased, and describe what crosses a port.
  if (typeOnly && specifier.startsWith('@orpc/')) return null;
  return `the layer “${layer.name}” does not import ${specifier}`;
}

function judgeSpelling(from: string, target: string, specifier: string): string | null {
  for (const { alias, path } of aliases) {
    if (!target.startsWith(path)) continue;
    const inside = from.startsWith(path);
    if (inside && specifier.startsWith('#')) return `inside ${path} imports are relative, not ${alias}`;
    if (!inside && !specifier.startsWith('#')) return `${path} is imported as ${alias}…`;
  }
  return null;
}

function judgeDrivers(from: string, target: string): string | null {
  for (const folder of driverFolders) {
    const [ownDriver, otherDriver] = [driverIn(folder, from), driverIn(folder, target)];
    if (ownDriver !== null && otherDriver !== null && ownDriver !== otherDriver) {
      return `drivers never import each other: ${ownDriver} imports ${otherDriver}`;
    }
  }
  return null;
}

/** The name of the driver's folder that holds `path`; null for files beside those folders. */
export function driverIn(folder: string, path: string): string | null {
  if (!path.startsWith(folder)) return null;
  const [driver, ...rest] = path.slice(folder.length).split('/');
  return rest.length > 0 ? driver! : null;
}

function judgeLayers(layer: Layer, target: string, typeOnly: boolean): string | null {
  const other = layerOf(target);
  if (other === null) return `the layer “${layer.name}” imports ${target}, which belongs to no layer`;
  if (other.name === layer.name || layer.layers.includes(other.name)) return null;
  if (layer.layers.includes('*') && sameSide(layer, other)) return null;
  if (typeOnly && (layer.layers.includes('*') || layer.types?.includes(other.name))) return null;
  return `the layer “${layer.name}” does not import the layer “${other.name}”`;
}

/** A composition root joins what is on its own side of the port, and what both sides share. */
function sameSide(layer: Layer, other: Layer): boolean {
  const side = (candidate: Layer): string => candidate.path.split('/')[0]!;
  return side(other) === 'shared' || side(other) === side(layer);
}
