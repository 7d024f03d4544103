/** Holds an import against the table of layers. */
import { posix } from 'node:path';
import { aliases, driverFolders, layers, sharedDriverFolders, type Layer } from './layers.ts';

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

/** The name of the driver's folder that holds `path`; null for files beside those folders, and in what drivers share. */
export function driverIn(folder: string, path: string): string | null {
  if (!path.startsWith(folder)) return null;
  if (sharedDriverFolders.some((shared) => path.startsWith(shared))) return null;
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
