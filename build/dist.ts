/** `npm run dist`: builds afresh and packages with electron-builder; arguments go to it (`npm run dist -- --dir`). */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAfresh } from './build.ts';
import { projectFolder } from './paths.ts';

/** Before this version the fuse that grantFileProtocolExtraPrivileges sets is not in the binary. */
const firstWithFileFuse = 29;
/** Before this version better-sqlite3's prebuilt binary does not load, and one of our own is needed. */
const firstWithPrebuiltSqlite = 36;

/** Of electron-builder's configuration, what is changed here. */
interface Config {
  electronFuses: Readonly<Record<string, boolean>>;
  files: readonly string[];
  electronVersion?: string;
  electronDist?: string;
}

interface Runtime {
  readonly version: string;
  /** Null: electron-builder fetches it. */
  readonly folder: string | null;
}

function optionIn(words: readonly string[], name: string): string | null {
  const prefixes = [`-c.${name}=`, `--config.${name}=`];
  const word = words.find((candidate) => prefixes.some((prefix) => candidate.startsWith(prefix)));
  return word === undefined ? null : word.slice(word.indexOf('=') + 1);
}

/** The Electron that goes into the package: of the arguments, else ELECTRON_OVERRIDE_DIST_PATH, else the package's own. */
function runtimeFor(words: readonly string[]): Runtime {
  const require = createRequire(import.meta.url);
  const { version } = require('electron/package.json') as { version: string };
  const folder = optionIn(words, 'electronDist') ?? (process.env['ELECTRON_OVERRIDE_DIST_PATH'] || null);
  const chosen = optionIn(words, 'electronVersion');
  if (chosen !== null || folder === null) return { version: chosen ?? version, folder };
  return { version: readFileSync(join(folder, 'version'), 'utf8').trim().replace(/^v/, ''), folder };
}

/** electron-builder.yml, read with the parser that electron-builder itself uses. */
function readConfig(): Config {
  const builder = createRequire(import.meta.url).resolve('app-builder-lib/package.json');
  const { load } = createRequire(builder)('js-yaml') as { load(text: string): unknown };
  return load(readFileSync(join(projectFolder, 'electron-builder.yml'), 'utf8')) as Config;
}

/** The configuration for an Electron as old as those that tests may have at hand; says what it gives up. */
function configFor({ version, folder }: Runtime): Config {
  const config: Config = {
    ...readConfig(),
    electronVersion: version,
    ...(folder && { electronDist: folder }),
  };
  const major = Number.parseInt(version, 10);
  if (major < firstWithFileFuse) {
    process.stderr.write(
      `Electron ${version} has no fuse for grantFileProtocolExtraPrivileges: it is left out.\n`,
    );
    const { grantFileProtocolExtraPrivileges: _, ...others } = config.electronFuses;
    config.electronFuses = others;
  }
  if (major < firstWithPrebuiltSqlite) {
    process.stderr.write(
      `Electron ${version} needs a better-sqlite3 of its own: build/Release is packaged.\n`,
    );
    config.files = [...config.files, 'node_modules/better-sqlite3/build/Release/better_sqlite3.node'];
  }
  return config;
}

function runElectronBuilder(words: readonly string[], runtime: Runtime): number {
  const folder = mkdtempSync(join(tmpdir(), 'platter-dist-'));
  try {
    const config = join(folder, 'electron-builder.json');
    writeFileSync(config, JSON.stringify(configFor(runtime)));
    const program = createRequire(import.meta.url).resolve('electron-builder/cli.js');
    const all = [program, '--config', config, '--publish', 'never', ...words];
    return spawnSync(process.execPath, all, { cwd: projectFolder, stdio: 'inherit' }).status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const words = process.argv.slice(2);
await buildAfresh('warn');
process.exitCode = runElectronBuilder(words, runtimeFor(words));
