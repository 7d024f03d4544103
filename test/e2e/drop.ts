/** Drags files into a page as the system does it: through the browser's own drag and drop, with real files. */
import type { Locator, Page } from '@playwright/test';

/** Files that hang over the page. */
export interface Drag {
  drop(): Promise<void>;
  leave(): Promise<void>;
}

/** A window that was opened just now may not take part in drags yet; a person's hand is slower than that. */
const patienceMs = 10_000;

/** Drags the files over the middle of the page, until it shows that it would take them. */
export async function dragOver(page: Page, paths: readonly string[]): Promise<Drag> {
  const session = await page.context().newCDPSession(page);
  const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }));
  const at = { x: Math.floor(width / 2), y: Math.floor(height / 2) };
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  const send = (type: 'dragEnter' | 'dragOver' | 'drop' | 'dragCancel') =>
    session.send('Input.dispatchDragEvent', { type, ...at, data });
  const end = async (type: 'drop' | 'dragCancel'): Promise<void> => {
    await send(type);
    await session.detach();
  };
  const overlay = page.getByText('Drop to open');
  const giveUpAt = Date.now() + patienceMs;
  do {
    if (Date.now() > giveUpAt) throw new Error('the window does not show that it would take the files');
    await send('dragEnter');
    await send('dragOver');
  } while (!(await isShown(overlay)));
  return { drop: () => end('drop'), leave: () => end('dragCancel') };
}

async function isShown(locator: Locator): Promise<boolean> {
  return locator.waitFor({ timeout: 1000 }).then(
    () => true,
    () => false,
  );
}

/** Drags the files into the page and lets them go there. */
export async function dropFiles(page: Page, paths: readonly string[]): Promise<void> {
  const drag = await dragOver(page, paths);
  await drag.drop();
}
