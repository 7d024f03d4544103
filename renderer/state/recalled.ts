/** What the window kept of the settings, to start with before the first answer of the main process arrives. */
import type { LanguageChoice, Settings, Theme } from '#shared/domain/app.ts';
import { languageAmong, languages, type Language } from '#shared/language.ts';

const themeName = 'platter-theme';
const languageName = 'platter-language';

/** The language that a choice comes to in this window. */
export function spokenLanguage(choice: LanguageChoice): Language {
  return choice === 'system' ? languageAmong(navigator.languages) : choice;
}

export function recallTheme(): Theme {
  const theme = localStorage.getItem(themeName);
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

export function recallLanguage(): LanguageChoice {
  const kept = localStorage.getItem(languageName);
  return languages.find((language) => language === kept) ?? 'system';
}

export function remember({ theme, language }: Settings): void {
  localStorage.setItem(themeName, theme);
  localStorage.setItem(languageName, language);
}
