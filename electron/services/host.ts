/** What the place that Platter runs in can do. A missing ability is a missing member. */
import type { LanguageChoice } from '#shared/domain/app.ts';
import type { SecretStore } from './secrets.ts';

export type { SecretStore };

export interface HostAbilities {
  readonly host: 'desktop' | 'web';
  /** Platter's own version. */
  readonly version: string;
  /** The system's dialog for opening files; null when it was closed without a choice. */
  chooseFiles?(): Promise<readonly string[] | null>;
  /** The system's dialog for a folder, starting at `startFolder`; null when it was closed without a choice. */
  chooseFolder?(startFolder?: string): Promise<string | null>;
  /** Shows a file in the system's file manager. */
  reveal?(path: string): Promise<void>;
  /** Begins to drag files out of the window, in place of the drag that has begun in it. */
  drag?(paths: readonly string[]): void;
  /** Moves a file to the system's trash. */
  trash?(path: string): Promise<void>;
  /** Another language was chosen: the host speaks it in its own menus and dialogs, and has the window drawn again. */
  languageChosen?(choice: LanguageChoice): void;
  /** Opens the system's keychain, which may ask the person; null where it would keep nothing secret. */
  openSecrets?(): SecretStore | null;
}
