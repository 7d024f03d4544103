/** Drags files into a page as the system does it: through the browser's own drag and drop, with real files. */
import type { Page } from '@playwright/test';

/** Drags the files over the middle of the page and lets them go there. */
export async function dropFiles(
  page: Page,
  paths: readonly string[],
  whileOver?: () => Promise<void>,
): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }));
  const at = { x: Math.floor(width / 2), y: Math.floor(height / 2) };
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  try {
    await session.send('Input.dispatchDragEvent', { type: 'dragEnter', ...at, data });
    await session.send('Input.dispatchDragEvent', { type: 'dragOver', ...at, data });
    await whileOver?.();
    await session.send('Input.dispatchDragEvent', { type: 'drop', ...at, data });
  } finally {
    await session.detach();
  }
}
