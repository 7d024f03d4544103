/** The app's views as a person knows them: by roles and names. */
import type { Locator, Page } from '@playwright/test';

import { expect } from './app.ts';

export const navigation = (page: Page): Locator => page.getByRole('navigation', { name: 'Main' });
export const libraryRow = (page: Page, name: string): Locator =>
  page.getByRole('grid', { name: 'Images and packages' }).getByRole('row', { name, exact: true });
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

/**
 * Reads a progress bar until its value has grown, within one phase, at least `times` times. Returns what was read.
 * Fails when the bar is gone before.
 */
export async function seeProgress(bar: Locator, times = 2): Promise<number[]> {
  const seen: { phase: string; percent: number }[] = [];
  const rises = (): number =>
    seen.filter(({ phase, percent }, index) => {
      const before = seen[index - 1];
      return before !== undefined && before.phase === phase && percent > before.percent;
    }).length;
  await expect
    .poll(
      async () => {
        const [value, words] = await Promise.all([
          bar.getAttribute('aria-valuenow'),
          bar.getAttribute('aria-valuetext'),
        ]);
        const last = seen.at(-1);
        const percent = Number(value);
        const phase = (words ?? '').replace(/, \d+ %$/, '');
        if (value !== null && (last?.percent !== percent || last.phase !== phase))
          seen.push({ phase, percent });
        return rises();
      },
      { message: 'the progress bar moves', intervals: [30], timeout: 30_000 },
    )
    .toBeGreaterThanOrEqual(times);
  return seen.map(({ percent }) => percent);
}
