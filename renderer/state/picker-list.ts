/** What the in-app picker lists of a folder: pure functions of its entries and what the user asked for. */
import type { FolderEntry } from '#shared/domain/files.ts';

/**
 * The entries to list: folders only when a folder is wanted, names that hold `filter`, and names that begin with a dot
 * only on demand or when the filter begins with one.
 */
export function listedEntries(
  entries: readonly FolderEntry[],
  filter: string,
  showHidden: boolean,
  mode: 'files' | 'folder',
): readonly FolderEntry[] {
  const wanted = filter.trim().toLowerCase();
  return entries.filter((entry) => {
    if (mode === 'folder' && entry.kind === 'file') return false;
    if (entry.name.startsWith('.') && !showHidden && !wanted.startsWith('.')) return false;
    return entry.name.toLowerCase().includes(wanted);
  });
}
