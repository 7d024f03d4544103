/** The command line's words for watched folders and scans. */
import type { ScanResult, WatchedFolder } from '#shared/domain/scan.ts';
import { describeFailure } from '#shared/text/failure-text.ts';
import { printable } from '#shared/text/printable.ts';
import { folderWords, scanWords } from '#shared/text/scan-text.ts';

/** What one folder's scan came to. */
export interface FolderScanned extends ScanResult {
  readonly path: string;
  /** Files that are still being written: the next scan opens them. */
  readonly growing: readonly string[];
}

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
