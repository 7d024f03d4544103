/** The app's views as a person knows them: by roles and names. */
import type { Locator, Page } from '@playwright/test';

import { expect } from './app.ts';

export const navigation = (page: Page): Locator => page.getByRole('navigation', { name: 'Main' });
export const libraryRow = (page: Page, name: string): Locator =>
  page.getByRole('grid', { name: 'Images and packages' }).getByRole('row', { name, exact: true });
export const libraryCard = (page: Page, name: string): Locator =>
  page.getByRole('listbox', { name: 'Images and packages' }).getByRole('option', { name, exact: true });
export const details = (page: Page, name: string): Locator =>
  page.getByRole('complementary', { name: `Details of ${name}` });
export const heading = (page: Page, name: string): Locator =>
  page.getByRole('heading', { level: 1, name, exact: true });
export const integrity = (page: Page): Locator => page.getByTestId('manifest');
export const extraction = (page: Page): Locator => page.getByRole('region', { name: 'Extraction' });
export const jobs = (page: Page): Locator => page.getByTestId('job');
export const connectionBanner = (page: Page): Locator => page.getByText('The connection to Platter is lost.');
export const notices = (page: Page): Locator => page.getByRole('region', { name: 'Notices' });

/** The value beside a label in a list of facts. */
export const fact = (within: Locator | Page, label: string): Locator =>
  within.locator('dt', { hasText: new RegExp(`^${label}$`) }).locator('xpath=following-sibling::dd[1]');

export async function showLibrary(page: Page): Promise<void> {
  await navigation(page)
    .getByRole('button', { name: /^Library/ })
    .click();
}

/** Has the library shown in another way. */
export async function showView(page: Page, view: 'list' | 'grid' | 'space'): Promise<void> {
  const label = view === 'space' ? 'Library by space' : `Library as a ${view}`;
  await page
    .getByRole('radiogroup', { name: 'View' })
    .getByRole('radio', { name: label })
    .check({ force: true });
}

export async function showJobs(page: Page): Promise<void> {
  await navigation(page).getByRole('button', { name: /^Jobs/ }).click();
  await expect(heading(page, 'Jobs')).toBeVisible();
}

export async function showSettings(page: Page): Promise<void> {
  await navigation(page).getByRole('button', { name: 'Settings' }).click();
  await expect(heading(page, 'Settings')).toBeVisible();
}

export async function closeNotices(page: Page): Promise<void> {
  const close = notices(page).getByRole('button', { name: 'Close notice' });
  while ((await close.count()) > 0) await close.first().click();
}

/** Opens the sheet in which an extraction is prepared. */
export async function openExtractSheet(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'Extract…' }).click();
  const sheet = page.getByRole('dialog', { name: /^Extract disks?$/ });
  await expect(sheet).toBeVisible();
  return sheet;
}

/** The button in the sheet that starts the extraction; there is a plan once it can be pressed. */
export const startButton = (sheet: Locator): Locator => sheet.getByRole('button', { name: /^Extract/ });

/** Chooses a value of a select by its label. */
export async function choose(within: Locator, label: string, value: string): Promise<void> {
  await within.getByRole('combobox', { name: new RegExp(`^${label} `) }).click();
  await within.page().getByRole('option', { name: value }).click();
}

/** Opens the page of an image that is in the library. */
export async function openImage(page: Page, name: string): Promise<void> {
  await showLibrary(page);
  await libraryRow(page, name).dblclick();
  await expect(heading(page, name)).toBeVisible();
}

/** Chooses what is done with the image whose page is open. */
export async function chooseImageAction(page: Page, action: string): Promise<void> {
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: action }).click();
}

/** The button of a form that starts making what it describes; it can be pressed once that is possible. */
export const makeButton = (form: Locator): Locator => form.getByTestId('start-making');

interface ProgressReading {
  readonly phase: string;
  readonly percent: number;
}

/** How often the value grew within one phase. */
function risesIn(readings: readonly ProgressReading[]): number {
  return readings.filter(({ phase, percent }, index) => {
    const before = readings[index - 1];
    return before !== undefined && before.phase === phase && percent > before.percent;
  }).length;
}

/** The words that are read aloud, without the share in them. */
const phaseOf = (words: string | null): string => (words ?? '').replace(/, \d+ %$/, '');

/** Waits until the value of a progress bar has been seen to grow, within one phase, `times` times. */
export async function seeProgress(bar: Locator, times = 2): Promise<void> {
  const seen: ProgressReading[] = [];
  const read = async (): Promise<number> => {
    const [now] = await bar.evaluateAll((bars) =>
      bars.map((one) => [one.getAttribute('aria-valuenow'), one.getAttribute('aria-valuetext')] as const),
    );
    const last = seen.at(-1);
    const reading = { phase: phaseOf(now?.[1] ?? null), percent: Number(now?.[0] ?? -1) };
    if (last?.phase !== reading.phase || last.percent !== reading.percent) seen.push(reading);
    return risesIn(seen);
  };
  await expect
    .poll(read, { message: 'the progress bar moves', intervals: [30], timeout: 30_000 })
    .toBeGreaterThanOrEqual(times);
}

/** Has the page note every value that its progress bars show from now on; a job may be over before a test has looked twice. */
export async function watchProgress(page: Page): Promise<{ expectRises(times: number): Promise<void> }> {
  const notes = await page.evaluateHandle(() => {
    const noted: [string | null, string | null][] = [];
    const note = (): void => {
      const bar = document.querySelector('[role="progressbar"]');
      if (bar !== null) noted.push([bar.getAttribute('aria-valuenow'), bar.getAttribute('aria-valuetext')]);
    };
    const options = { subtree: true, childList: true, attributeFilter: ['aria-valuenow', 'aria-valuetext'] };
    new MutationObserver(note).observe(document.body, options);
    return noted;
  });
  return {
    async expectRises(times) {
      const seen = (await notes.jsonValue()).map(([percent, words]) => ({
        phase: phaseOf(words),
        percent: Number(percent ?? -1),
      }));
      expect(risesIn(seen), JSON.stringify(seen)).toBeGreaterThanOrEqual(times);
    },
  };
}
