/** Going through a page by keys alone. */
import type { Locator, Page } from '@playwright/test';

import { expect } from './app.ts';

/** No page here has more stops than this on one way around. */
const mostStops = 80;

export async function hasFocus(target: Locator): Promise<boolean> {
  return target.evaluate((element) => element === document.activeElement);
}

/** Presses Tab until `target` has the focus, and checks that the focus can be seen there. */
export async function tabTo(page: Page, target: Locator, key = 'Tab'): Promise<void> {
  for (let stops = 0; stops < mostStops; stops++) {
    if (await hasFocus(target)) return expectVisibleFocus(page);
    await page.keyboard.press(key);
  }
  throw new Error(`${mostStops} presses of ${key} did not reach ${String(target)}`);
}

/** Something is drawn around or within what has the focus. */
async function expectVisibleFocus(page: Page): Promise<void> {
  const drawn = await page.evaluate(() => {
    const style = getComputedStyle(document.activeElement!);
    return (style.outlineStyle !== 'none' && style.outlineWidth !== '0px') || style.boxShadow !== 'none';
  });
  expect(drawn, 'the focus can be seen').toBe(true);
}
