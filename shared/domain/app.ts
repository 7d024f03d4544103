/** The application itself: where it runs, what that place can do, and what it is told from outside the window. */
import type { Language } from '../language.ts';
import type { CommandId } from './commands.ts';
import { unlimited, type JobLimits } from './job.ts';

export interface AppInfo {
  readonly version: string;
  readonly host: 'desktop' | 'web';
  readonly platform: 'linux' | 'darwin' | 'win32' | 'other';
  readonly homeFolder: string;
  readonly libraryPath: string;
  /** Abilities of the host; the window shows only what works. */
  readonly nativeDialogs: boolean;
  readonly reveal: boolean;
  readonly trash: boolean;
  /** Files can be dragged out of the window. */
  readonly drag: boolean;
}

/** What the menu, the system or another start of Platter asks of the window. */
export type AppRequest =
  | { readonly kind: 'open'; readonly paths: readonly string[] }
  | { readonly kind: 'command'; readonly id: CommandId }
  /** Show this job. */
  | { readonly kind: 'job'; readonly id: number };

/** Rows, cards, or areas as large as what they take on the disk. */
export type LibraryView = 'list' | 'grid' | 'space';

/** How close the rows of lists stand. */
export type Density = 'comfortable' | 'compact';

/** The columns of the library's list, as somebody wants them. */
export interface ListColumns {
  /** Keys of those that are not shown. */
  readonly hidden: readonly string[];
  /** Of those that were given another width, by their keys; in rem. */
  readonly widths: Readonly<Record<string, number>>;
}

/** `system`: the first of the computer's languages that Platter speaks. */
export type LanguageChoice = 'system' | Language;

export type Theme = 'system' | 'light' | 'dark';

/** When the contents of disks are read in the background. */
export type ContentReading = 'always' | 'on-mains' | 'off';

export interface Settings {
  readonly theme: Theme;
  readonly density: Density;
  readonly language: LanguageChoice;
  /** Where extracted disks go; null: beside the package. */
  readonly outputFolder: string | null;
  /** The disk driver's id for new images, or "as-is". */
  readonly defaultFormat: string;
  /** Read every output back and compare. */
  readonly verifyOutput: boolean;
  /** What each new job may take of the machine. */
  readonly limits: JobLimits;
  /** How the library is shown. */
  readonly libraryView: LibraryView;
  readonly contents: ContentReading;
  /** Also on drives that come and go, and across networks. */
  readonly contentsOnDrives: boolean;
  readonly listColumns: ListColumns;
}

export const defaultSettings: Settings = {
  theme: 'system',
  density: 'comfortable',
  language: 'system',
  outputFolder: null,
  defaultFormat: 'qcow2',
  verifyOutput: true,
  limits: unlimited,
  libraryView: 'list',
  contents: 'on-mains',
  contentsOnDrives: false,
  listColumns: { hidden: ['kind', 'folder', 'tags', 'rating', 'modified'], widths: {} },
};
