/** The catalogues of words, each loaded when its language is wanted. A new language is one file and one line here. */
import { setLanguage, type Catalogue, type Language } from '../language.ts';

const catalogues: Readonly<Record<Exclude<Language, 'en'>, () => Promise<{ readonly default: Catalogue }>>> =
  {
    de: () => import('./languages/de.json', { with: { type: 'json' } }),
  };

/** Loads the words of a language and says everything in it from then on. */
export async function speak(language: Language): Promise<void> {
  setLanguage(language, language === 'en' ? {} : (await catalogues[language]()).default);
}
