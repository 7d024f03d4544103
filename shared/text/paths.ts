/** Reading paths of either kind (POSIX and Windows) for display: last name, folder, the steps that lead there. */

const windows = /^(?:[A-Za-z]:[\\/]|\\\\)/;

/** The separator that a path uses. */
export function separatorOf(path: string): '/' | '\\' {
  return windows.test(path) ? '\\' : '/';
}

function lastSeparator(path: string): number {
  const end = /[\\/]$/.test(path) && path.length > 1 ? path.length - 2 : path.length - 1;
  return separatorOf(path) === '/'
    ? path.lastIndexOf('/', end)
    : Math.max(path.lastIndexOf('/', end), path.lastIndexOf('\\', end));
}

/** The last name in a path: `/a/b.ova` → `b.ova`. A root is its own name. */
export function fileNameOf(path: string): string {
  const name = path.slice(lastSeparator(path) + 1).replace(/[\\/]$/, '');
  return name === '' ? path : name;
}

/** The folder a path lies in: `/a/b.ova` → `/a`, `/a` → `/`, `C:\a` → `C:\`. */
export function folderOf(path: string): string {
  const at = lastSeparator(path);
  if (at < 0) return path;
  const folder = path.slice(0, at);
  return folder === '' || /^[A-Za-z]:$/.test(folder) ? path.slice(0, at + 1) : folder;
}

/** `name` inside `folder`. */
export function joinPath(folder: string, name: string): string {
  return /[\\/]$/.test(folder) ? folder + name : folder + separatorOf(folder) + name;
}

/** The folders that lead to `path`, the root first and `path` itself last. */
export function pathSteps(path: string): readonly { readonly title: string; readonly path: string }[] {
  const steps = [{ title: fileNameOf(path), path }];
  let at = path;
  for (let folder = folderOf(at); folder !== at; folder = folderOf(at)) {
    steps.unshift({ title: fileNameOf(folder), path: folder });
    at = folder;
  }
  return steps;
}

/** `path` with the home folder as `~`, as people read it. */
export function shortenHome(path: string, homeFolder: string): string {
  if (path === homeFolder) return '~';
  const prefix = joinPath(homeFolder, '');
  return homeFolder.length > 1 && path.startsWith(prefix)
    ? `~${separatorOf(path)}${path.slice(prefix.length)}`
    : path;
}
