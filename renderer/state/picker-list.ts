/** What the in-app picker lists of a folder: pure functions of its entries and what the user asked for. */
import type { FolderEntry } from '#shared/domain/files.ts';

/** The entries whose name holds `filter`; folders only, when a folder is wanted. `keepFolders`: the filter is for files. */
export function listedEntries(
  entries: readonly FolderEntry[],
  filter: string,
  mode: 'files' | 'folder',
  keepFolders = false,
): readonly FolderEntry[] {
  const wanted = filter.trim().toLowerCase();
  return entries.filter((entry) => {
    if (mode === 'folder' && entry.kind === 'file') return false;
    return (keepFolders && entry.kind === 'folder') || entry.name.toLowerCase().includes(wanted);
  });
}

/** The paths of files with that very name; null: none is looked for. */
export function filesNamed(entries: readonly FolderEntry[], name: string | null): readonly string[] {
  return entries.filter((entry) => entry.kind === 'file' && entry.name === name).map(({ path }) => path);
}
