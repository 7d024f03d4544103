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

/** A line is drawn around what has the focus, or around what stands for it: a radio button is hidden in its label. */
async function expectVisibleFocus(page: Page): Promise<void> {
  const focused = await page.evaluate(() => {
    const element = document.activeElement!;
    const drawn = [element, element.closest('label'), element.closest('[role="radiogroup"]')].some((one) => {
      if (one === null || one.clientWidth <= 1) return false;
      const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(one);
      return outlineStyle !== 'none' && outlineWidth !== '0px' && !/, 0\)$|transparent/.test(outlineColor);
    });
    return { drawn, element: element.outerHTML.slice(0, 200) };
  });
  expect(focused, 'the focus can be seen').toMatchObject({ drawn: true });
}

/**
 * Has the page complain of every press and every turn of a mouse, a pen or a finger, as long as it is there. A button that
 * is pressed by a key is clicked without any of these.
 */
export async function forbidPointers(page: Page): Promise<void> {
  const listen = (): void => {
    for (const type of ['pointerdown', 'wheel']) {
      const complain = ({ isTrusted }: Event): void => {
        if (isTrusted) console.error(`a pointer was used: ${type}`);
      };
      addEventListener(type, complain, { capture: true, passive: true });
    }
  };
  await page.addInitScript(listen);
  await page.evaluate(listen);
}
