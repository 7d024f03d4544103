/** What the in-app picker lists of a folder: pure functions of its entries and what the user asked for. */
import type { FolderEntry } from '#shared/domain/files.ts';

/** The entries whose name holds `filter`; folders only, when a folder is wanted. */
export function listedEntries(
  entries: readonly FolderEntry[],
  filter: string,
  mode: 'files' | 'folder',
): readonly FolderEntry[] {
  const wanted = filter.trim().toLowerCase();
  return entries.filter(
    (entry) => (mode === 'files' || entry.kind === 'folder') && entry.name.toLowerCase().includes(wanted),
  );
}
