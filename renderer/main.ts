/** Starts the window: its language first, since words are put into it where they stand; then the design and the page. */
import './design/tokens.css';
import './design/base.css';
import './design/marks.css';
import { speak } from '#shared/text/languages.ts';
import { recallLanguage, spokenLanguage } from './state/recalled.ts';

const language = spokenLanguage(recallLanguage());
await speak(language);
document.documentElement.lang = language;
const { openPage } = await import('./page.ts');
openPage();
