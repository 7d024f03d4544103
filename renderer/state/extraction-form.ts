/** The form of an extraction as plain data: its first values from a package, its faults, and the request it stands for. */
import type { ExtractionRequest } from '#shared/domain/conversion.ts';
import type { FormatDescription } from '#shared/domain/format.ts';
import type { PackageDisk, PackageInfo } from '#shared/domain/package.ts';
import { folderOf } from '#shared/text/paths.ts';
import { t } from '#shared/text/words.ts';
import { asIs, targetRequest, type TargetChoice } from './target-choice.ts';

export interface DiskForm {
  readonly disk: PackageDisk;
  selected: boolean;
  target: TargetChoice;
  /** Empty: the name that the plan gives. */
  fileName: string;
}

export interface ExtractionForm {
  readonly packagePath: string;
  outputFolder: string;
  verify: boolean;
  replace: boolean;
  disks: DiskForm[];
}

export interface ExtractionDefaults {
  readonly format: string;
  /** Null: beside the package. */
  readonly outputFolder: string | null;
  readonly verify: boolean;
}

/** Why a disk cannot be extracted, in words; null when it can. */
export function whyNotExtractable(disk: PackageDisk): string | null {
  if (disk.file === null) return t('Empty: the package only describes it');
  if (disk.sizeInPackageBytes === null) return t('Its file is missing');
  return null;
}

/** All disks that can be extracted, in the default format. */
export function newExtractionForm(info: PackageInfo, defaults: ExtractionDefaults): ExtractionForm {
  const disks = info.systems.flatMap((system) => system.disks);
  return {
    packagePath: info.path,
    outputFolder: defaults.outputFolder ?? folderOf(info.path),
    verify: defaults.verify,
    replace: false,
    disks: disks.map((disk) => ({
      disk,
      selected: whyNotExtractable(disk) === null,
      target: { format: disk.format === null ? asIs : defaults.format, variant: null, options: {} },
      fileName: '',
    })),
  };
}

/** What is wrong with a file name, in words; null when nothing is. */
export function fileNameProblem(name: string): string | null {
  if (name.length > 255) return t('A file name has at most 255 characters.');
  if (/[/\\]/.test(name)) return t('A file name holds no slashes.');
  if (name.includes('\0') || name === '.' || name === '..') return t('That is not a file name.');
  return null;
}

/** Two selected disks that would be written under one name: that name, else null. Case is ignored, as some drives do. */
export function sharedFileName(form: ExtractionForm): string | null {
  const seen = new Set<string>();
  for (const { selected, fileName } of form.disks) {
    const name = fileName.trim();
    if (!selected || name === '') continue;
    if (seen.has(name.toLowerCase())) return name;
    seen.add(name.toLowerCase());
  }
  return null;
}

/** The request that the form stands for; null while it cannot be made (nothing chosen, a faulty name). */
export function extractionRequest(
  form: ExtractionForm,
  formats: readonly FormatDescription[],
): ExtractionRequest | null {
  const chosen = form.disks.filter((disk) => disk.selected);
  if (chosen.length === 0 || form.outputFolder === '' || sharedFileName(form) !== null) return null;
  if (chosen.some((disk) => fileNameProblem(disk.fileName.trim()) !== null)) return null;
  return {
    packagePath: form.packagePath,
    outputFolder: form.outputFolder,
    verify: form.verify,
    ...(form.replace ? { force: true } : {}),
    disks: chosen.map(({ disk, target, fileName }) => ({
      name: disk.name,
      target: targetRequest(formats, target),
      ...(fileName.trim() === '' ? {} : { fileName: fileName.trim() }),
    })),
  };
}
