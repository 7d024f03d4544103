/** The files that a command line asks Platter to open. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Options of Electron's own whose value is the next argument. */
const optionsWithValue: readonly string[] = ['-r', '--require'];

/**
 * The absolute paths in `argv` (the program first). Options are skipped; desktops that pass files as file: addresses
 * are understood. `appFolderGiven`: the first argument that is no option names the app, as it does unpackaged.
 */
export function argumentFiles(argv: readonly string[], folder: string, appFolderGiven: boolean): string[] {
  const files: string[] = [];
  for (let index = 1; index < argv.length; index += 1) {
    const argument = argv[index]!;
    if (optionsWithValue.includes(argument)) index += 1;
    else if (argument !== '' && !argument.startsWith('-')) files.push(argument);
  }
  return (appFolderGiven ? files.slice(1) : files).flatMap((argument) => {
    if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(argument)) return [resolve(folder, argument)];
    return filePathOf(argument);
  });
}

/** Other addresses than those of local files are nothing that Platter opens. */
function filePathOf(address: string): string[] {
  try {
    return [fileURLToPath(address)];
  } catch {
    return [];
  }
}
