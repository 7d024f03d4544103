// What an unpackaged Electron starts first: it takes the app's folder from the command line and runs that app in its place.
'use strict';

const { app } = require('electron');
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');

const APP_FOLDER_OPTION = '--app=';

const readCommandLine = (args) => {
  const preloads = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index];
    if (arg === '-r' || arg === '--require') preloads.push(args[++index]);
    else if (arg.startsWith(APP_FOLDER_OPTION)) {
      return { preloads, target: arg.slice(APP_FOLDER_OPTION.length) };
    } else if (!arg.startsWith('-')) return { preloads, target: arg };
  }
  return { preloads, target: null };
};

const nameApp = (folder) => {
  const description = path.join(folder, 'package.json');
  if (!fs.existsSync(description)) return;
  const manifest = JSON.parse(fs.readFileSync(description, 'utf8'));
  if (manifest.version) app.setVersion(manifest.version);
  const name = manifest.productName ?? manifest.name;
  if (name) app.setName(name);
  app.setDesktopName(manifest.desktopName ?? `${app.getName()}.desktop`);
};

const { preloads, target } = readCommandLine(process.argv.slice(1));
if (target === null) {
  process.stderr.write('usage: electron [options] APP-FOLDER [arguments]\n');
  app.exit(2);
} else {
  for (const preload of preloads) Module.createRequire(path.join(process.cwd(), 'electron.cjs'))(preload);
  Object.defineProperty(process, 'defaultApp', { value: true, enumerable: true });
  const resolved = path.resolve(target);
  const folder = fs.statSync(resolved).isDirectory() ? resolved : path.dirname(resolved);
  nameApp(folder);
  app.setAppPath(folder);
  Module._load(resolved, null, true);
}
