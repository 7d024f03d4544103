/** Who may import whom: the one table that the lint rule and the architecture test read. */

export interface Layer {
  readonly name: string;
  /** The folder (with a slash at its end) or the single file, from the project's root. The longest match owns a file. */
  readonly path: string;
  /** The layers it may import, besides itself. '*' : all; composition roots only. */
  readonly layers: readonly string[];
  /** The layers of which it may import types only. */
  readonly types?: readonly string[];
  /** The packages and built-in modules it may import; 'node:' alone stands for the built-in modules that reach neither the network nor other programs. */
  readonly packages: readonly string[];
}

const rendererPackages = [
  'svelte',
  'bits-ui',
  '@lucide/svelte',
  '@internationalized/date',
  'd3-hierarchy',
  'simple-icons',
] as const;

export const layers: readonly Layer[] = [
  // What both ends know.
  { name: 'shared', path: 'shared/', layers: [], packages: [] },
  { name: 'contract', path: 'shared/contract/', layers: ['shared'], packages: ['@orpc/contract', 'zod'] },
  {
    name: 'text',
    path: 'shared/text/',
    layers: ['shared'],
    packages: ['intl-messageformat', '@formatjs/icu-messageformat-parser'],
  },

  // The engine: bytes ← archives, disks ← guests, packages ← pipeline ← builders ← operations.
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
    layers: ['shared', 'text', 'engine', 'bytes'],
    packages: ['node:'],
  },
  {
    name: 'guests',
    path: 'electron/engine/guests/',
    layers: ['shared', 'text', 'engine', 'bytes', 'archives', 'disks'],
    packages: ['node:'],
  },
  {
    name: 'packages',
    path: 'electron/engine/packages/',
    layers: ['shared', 'engine', 'bytes', 'archives', 'disks'],
    packages: ['node:', 'fast-xml-parser'],
  },
  {
    name: 'machines',
    path: 'electron/engine/machines/',
    layers: ['shared', 'engine', 'bytes', 'packages'],
    packages: ['node:'],
  },
  {
    name: 'pipeline',
    path: 'electron/engine/pipeline/',
    layers: ['shared', 'engine', 'bytes', 'archives', 'disks', 'guests', 'packages'],
    packages: ['node:'],
  },
  {
    name: 'builders',
    path: 'electron/engine/builders/',
    layers: ['shared', 'engine', 'bytes', 'archives', 'disks', 'guests', 'packages', 'pipeline'],
    packages: ['node:', 'fast-xml-parser'],
  },
  {
    name: 'operations',
    path: 'electron/engine/operations/',
    layers: [
      'shared',
      'text',
      'engine',
      'bytes',
      'archives',
      'disks',
      'guests',
      'packages',
      'machines',
      'pipeline',
      'builders',
    ],
    packages: ['node:'],
  },

  // Around the engine.
  {
    name: 'transfers',
    path: 'electron/transfers/',
    // Of clouds, what they refuse.
    layers: ['shared', 'engine', 'bytes', 'guests', 'pipeline', 'operations', 'clouds'],
    types: ['disks'],
    packages: [
      'node:',
      'node:http',
      'node:https',
      'node:tls',
      'yaml',
      '@aws-sdk/client-s3',
      '@aws-sdk/client-ebs',
      '@aws-sdk/client-ec2',
      '@aws-sdk/credential-providers',
      'google-auth-library',
      '@azure/storage-blob',
      '@azure/identity',
    ],
  },
  {
    name: 'worker',
    path: 'electron/worker/',
    layers: [
      'shared',
      'thread calls',
      'transfers',
      'engine',
      'bytes',
      'archives',
      'disks',
      'guests',
      'packages',
      'pipeline',
      'builders',
      'operations',
    ],
    packages: ['node:'],
  },
  { name: 'thread calls', path: 'electron/worker/calls.ts', layers: ['shared'], packages: ['node:'] },
  {
    name: 'kept thread',
    path: 'electron/worker/kept-thread.ts',
    layers: ['shared', 'thread calls'],
    packages: ['node:'],
  },
  {
    name: 'worker client',
    path: 'electron/worker/client.ts',
    layers: ['shared', 'worker', 'thread calls'],
    packages: ['node:'],
  },
  {
    name: 'catalogue',
    path: 'electron/catalogue/',
    layers: ['shared', 'text'],
    packages: ['node:', 'better-sqlite3', 'zod'],
  },
  {
    name: 'jobs',
    path: 'electron/jobs/',
    // Of bytes, only what a partial file is called.
    layers: [
      'shared',
      'contract',
      'text',
      'bytes',
      'thread calls',
      'kept thread',
      'worker client',
      'catalogue',
    ],
    packages: ['node:'],
  },
  {
    name: 'scanning',
    path: 'electron/scanning/',
    layers: ['shared', 'contract', 'text', 'jobs', 'worker client', 'catalogue'],
    packages: ['node:', '@parcel/watcher'],
  },
  {
    name: 'library',
    path: 'electron/library/',
    layers: ['shared', 'jobs', 'thread calls', 'kept thread', 'worker client', 'catalogue', 'scanning'],
    packages: ['node:'],
  },
  {
    name: 'clouds',
    path: 'electron/clouds/',
    layers: ['shared', 'text'],
    types: ['engine', 'bytes', 'disks', 'packages'],
    packages: ['node:'],
  },
  {
    name: 'services',
    path: 'electron/services/',
    layers: [
      'shared',
      'contract',
      'text',
      'jobs',
      'scanning',
      'library',
      'catalogue',
      'clouds',
      'transfers',
      'worker client',
    ],
    types: ['engine', 'operations'],
    packages: ['node:', '@orpc/server', '@orpc/contract', 'zod'],
  },
  {
    name: 'web',
    path: 'electron/web/',
    layers: ['shared', 'contract', 'text'],
    types: ['services'],
    packages: ['node:', 'node:http', 'node:net', 'node:child_process', 'ws', '@orpc/server'],
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
    // It runs operations that only read by itself.
    layers: [
      'shared',
      'contract',
      'text',
      'engine',
      'pipeline',
      'operations',
      'worker client',
      'entries',
      'catalogue',
      'scanning',
      'library',
      'services',
      'clouds',
      'transfers',
    ],
    packages: ['node:', 'commander'],
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
    packages: [...rendererPackages, 'marked', 'dompurify'],
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
  'electron/engine/builders/',
  'electron/clouds/',
];

/** Folders beside drivers that hold what several of them share. */
export const sharedDriverFolders: readonly string[] = [
  'electron/engine/disks/encryption/',
  'electron/engine/disks/compression/',
];

/** The aliases that lead into a layer group from outside of it. */
export const aliases: readonly { readonly alias: string; readonly path: string }[] = [
  { alias: '#shared/', path: 'shared/' },
  { alias: '#engine/', path: 'electron/engine/' },
];
