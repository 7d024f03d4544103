/** Words for watched folders and for what a scan found. */
import type { ScanProgress, ScanResult, WatchedFolder } from '../domain/scan.ts';
import { describeFailure } from './failure-text.ts';
import { formatCount } from './units.ts';

/** `12 images, 1 missing`, or why the folder cannot be read. */
export function folderWords({
  failure,
  imageCount,
  missingCount,
  problemCount,
  scannedAt,
}: WatchedFolder): string {
  if (failure !== null) {
    return failure.code === 'io.not-found'
      ? 'not there: its drive may be unplugged'
      : describeFailure(failure).sentence;
  }
  if (scannedAt === null) return 'not looked through yet';
  return [
    imageCount === 0 ? 'no images' : formatCount(imageCount, 'image'),
    ...(missingCount === 0 ? [] : [`${missingCount} missing`]),
    ...(problemCount === 0 ? [] : [`${problemCount} could not be read`]),
  ].join(', ');
}

/** `4 added, 1 moved; 6 files in 2 folders, 5 opened`. */
export function scanWords(scan: Omit<ScanResult, 'filesGrowing'>): string {
  const found = [
    ...(scan.added === 0 ? [] : [`${scan.added} added`]),
    ...(scan.changed === 0 ? [] : [`${scan.changed} changed`]),
    ...(scan.moved === 0 ? [] : [`${scan.moved} moved`]),
    ...(scan.missing === 0 ? [] : [`${scan.missing} missing`]),
  ];
  const looked = `${formatCount(scan.filesListed, 'file')} in ${formatCount(scan.foldersRead, 'folder')}`;
  return `${found.length === 0 ? 'nothing new' : found.join(', ')}; ${looked}, ${scan.filesOpened} opened`;
}

/** `Looking: 1,204 files in 31 folders, 87 opened`. */
export function progressWords({ filesListed, foldersRead, filesOpened, filesGrowing }: ScanProgress): string {
  if (foldersRead === 0 && filesListed === 0) return 'Looking…';
  const growing = filesGrowing === 0 ? '' : `, ${filesGrowing} still being written`;
  return `Looking: ${formatCount(filesListed, 'file')} in ${formatCount(foldersRead, 'folder')}, ${filesOpened} opened${growing}`;
}
