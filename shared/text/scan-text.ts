/** Words for watched folders and for what a scan found. */
import type { ScanProgress, ScanResult, WatchedFolder } from '../domain/scan.ts';
import { describeFailure } from './failure-text.ts';
import { t } from './words.ts';

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
      ? t('not there: its drive may be unplugged')
      : describeFailure(failure).sentence;
  }
  if (scannedAt === null) return t('not looked through yet');
  return [
    imageCount === 0
      ? t('no images')
      : t('{count, plural, one {# image} other {# images}}', { count: imageCount }),
    ...(missingCount === 0 ? [] : [t('{count} missing', { count: missingCount })]),
    ...(problemCount === 0 ? [] : [t('{count} could not be read', { count: problemCount })]),
  ].join(', ');
}

/** `4 added, 1 moved; 6 files in 2 folders, 5 opened`. */
export function scanWords(scan: Omit<ScanResult, 'filesGrowing'>): string {
  const found = [
    ...(scan.added === 0 ? [] : [t('{count} added', { count: scan.added })]),
    ...(scan.changed === 0 ? [] : [t('{count} changed', { count: scan.changed })]),
    ...(scan.moved === 0 ? [] : [t('{count} moved', { count: scan.moved })]),
    ...(scan.missing === 0 ? [] : [t('{count} missing', { count: scan.missing })]),
  ];
  return t('{found}; {files} in {folders}, {opened} opened', {
    found: found.length === 0 ? t('nothing new') : found.join(', '),
    ...lookedWords(scan),
  });
}

/** `Looking: 1,204 files in 31 folders, 87 opened`. */
export function progressWords(progress: ScanProgress): string {
  const { foldersRead, filesListed, filesGrowing } = progress;
  if (foldersRead === 0 && filesListed === 0) return t('Looking…');
  const looked = lookedWords(progress);
  return filesGrowing === 0
    ? t('Looking: {files} in {folders}, {opened} opened', looked)
    : t('Looking: {files} in {folders}, {opened} opened, {growing} still being written', {
        ...looked,
        growing: filesGrowing,
      });
}

function lookedWords({ filesListed, foldersRead, filesOpened }: Omit<ScanProgress, 'filesGrowing'>) {
  return {
    files: t('{count, plural, one {# file} other {# files}}', { count: filesListed }),
    folders: t('{count, plural, one {# folder} other {# folders}}', { count: foldersRead }),
    opened: filesOpened,
  };
}
