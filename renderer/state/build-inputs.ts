/** What a builder takes, and how a form says that it is not there yet. */
import type { BuildInputs } from '#shared/domain/build.ts';
import { t } from '#shared/text/words.ts';

/** What is wrong with that many inputs, in words; null when nothing is. */
export function inputProblem({ kind, minimum, maximum }: BuildInputs, count: number): string | null {
  if (count < minimum)
    return t(
      '{kind, select, folder {{count, plural, one {Choose a folder.} other {Choose # folders.}}} disks {{count, plural, one {Choose a disk image.} other {Choose # disk images.}}} other {{count, plural, one {Choose a file.} other {Choose # files.}}}}',
      { kind, count: minimum },
    );
  if (count <= maximum) return null;
  return t(
    '{kind, select, folder {{count, plural, =0 {It takes no folders.} =1 {It takes one folder.} other {It takes at most # folders.}}} disks {{count, plural, =0 {It takes no disk images.} =1 {It takes one disk image.} other {It takes at most # disk images.}}} other {{count, plural, =0 {It takes no files.} =1 {It takes one file.} other {It takes at most # files.}}}}',
    { kind, count: maximum },
  );
}
