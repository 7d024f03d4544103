/** The application around the window: its host, its settings, and the theme that follows from them. */
import { defaultSettings, type AppInfo, type Settings } from '#shared/domain/app.ts';
import { language } from '#shared/language.ts';
import { api, host } from '../api.ts';
import { ChangesUnderWay } from './changes-under-way.ts';
import { notices } from './notices.svelte.ts';
import { recallLanguage, recallTheme, remember, spokenLanguage } from './recalled.ts';

const darkSystem = matchMedia('(prefers-color-scheme: dark)');

class App {
  /** Null until the first answer of the main process. */
  info = $state.raw<AppInfo | null>(null);
  settings = $state.raw<Settings>({ ...defaultSettings, theme: recallTheme(), language: recallLanguage() });
  readonly #changes = new ChangesUnderWay<Settings>(this.settings);
  #dark = $state(darkSystem.matches);

  /** The theme in force. */
  readonly theme = $derived(
    this.settings.theme === 'system' ? (this.#dark ? 'dark' : 'light') : this.settings.theme,
  );
  readonly isMac = $derived(this.info?.platform === 'darwin');
  /** Which key starts a shortcut, as it is written on the keyboard. */
  readonly commandKey = $derived(this.isMac ? '⌘' : 'Ctrl');

  constructor() {
    darkSystem.addEventListener('change', (event) => (this.#dark = event.matches));
  }

  get host(): 'desktop' | 'web' {
    return this.info?.host ?? host;
  }

  /** Whether the system's own dialogs choose files; a shortcut may ask before the first answer is there. */
  async hasNativeDialogs(): Promise<boolean> {
    return (this.info ?? (await api.application.info())).nativeDialogs;
  }

  async load(): Promise<void> {
    const [info, settings] = await Promise.all([api.application.info(), api.settings.get()]);
    this.info = info;
    this.#changes.stored = settings;
    this.#show();
    this.#speak();
  }

  /** Changes settings at once, and back again when they cannot be stored. */
  async change(changes: Partial<Settings>): Promise<void> {
    const end = this.#changes.begin(changes);
    this.#show();
    try {
      end(await api.settings.change(changes));
    } catch (error) {
      end(null);
      notices.fail(error);
    }
    this.#show();
    this.#speak();
  }

  #show(): void {
    this.settings = this.#changes.now;
    remember(this.settings);
  }

  /** Draws the window again where another language was chosen; it comes back at the same place, which its address has. */
  #speak(): void {
    const wanted = spokenLanguage(this.settings.language);
    // It starts again in what it kept: where that cannot be kept, it stays as it is.
    const differs = wanted !== language() && wanted === spokenLanguage(recallLanguage());
    // The desktop app does it by itself, together with its menus.
    if (differs && this.host === 'web') location.reload();
  }
}

export const app = new App();
