/** The command line's words for watched folders and scans. */
import type { WatchedFolder } from '#shared/domain/scan.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import { printable } from '#shared/text/printable.ts';
import { folderWords, scanWords } from '#shared/text/scan-text.ts';
import type { FolderScanned } from './folders.ts';

/** `library folders`: one line each, and below it what could not be read. */
export function describeFolders(folders: readonly WatchedFolder[]): string[] {
  if (folders.length === 0) return ['No folder is watched.'];
  return folders.flatMap((folder) => [
    `${String(folder.id).padStart(5)}  ${printable(folder.path)}  (${folderWords(folder)})`,
    ...folder.problems.map(({ failure }) => `       ${describeFailure(failure).sentence}`),
    ...(folder.problemCount > folder.problems.length
      ? [`       … and ${folder.problemCount - folder.problems.length} more`]
      : []),
  ]);
}

/** What scans found. */
export function describeScans(scans: readonly FolderScanned[]): string[] {
  if (scans.length === 0) return ['No folder is watched.'];
  return scans.flatMap((scan) => [
    `${printable(scan.path)}: ${scanWords(scan)}`,
    ...scan.growing.map((path) => `  ${printable(path)} is still being written: scan again when it is done.`),
  ]);
}
