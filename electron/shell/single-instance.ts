/** One Platter per library: a second start hands its files to the first and ends. */
import { app } from 'electron';

/**
 * Whether this process is the first; then `opened` is called with the files (absolute paths) of every later start, and
 * with those that macOS wants opened. When it is not, the first process has been given `files`.
 */
export function becomeOnlyInstance(
  files: readonly string[],
  opened: (files: readonly string[]) => void,
): boolean {
  if (!app.requestSingleInstanceLock({ files })) return false;
  app.on('second-instance', (_event, _argv, _folder, data) => opened(filesIn(data)));
  app.on('open-file', (event, path) => {
    event.preventDefault();
    opened([path]);
  });
  return true;
}

/** The other process may be of another version: what it sends is looked at. */
function filesIn(data: unknown): readonly string[] {
  const files = (data as { files?: unknown } | null)?.files;
  return Array.isArray(files) ? files.filter((file) => typeof file === 'string') : [];
}
