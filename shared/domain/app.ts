/** The application itself: where it runs, what that place can do, and what it is told from outside the window. */
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
}

/** What the menu, the system or another start of Platter asks of the window. */
export type AppRequest =
  | { readonly kind: 'open'; readonly paths: readonly string[] }
  | { readonly kind: 'command'; readonly id: CommandId };

/** Rows, cards, or areas as large as what they take on the disk. */
export type LibraryView = 'list' | 'grid' | 'space';

/** How close the rows of lists stand. */
export type Density = 'comfortable' | 'compact';

export type Theme = 'system' | 'light' | 'dark';

export interface Settings {
  readonly theme: Theme;
  readonly density: Density;
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
}

export const defaultSettings: Settings = {
  theme: 'system',
  density: 'comfortable',
  outputFolder: null,
  defaultFormat: 'qcow2',
  verifyOutput: true,
  limits: unlimited,
  libraryView: 'list',
};
