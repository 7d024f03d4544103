// A page whose server has gone says so, and what to do.
import { expect, test } from './app.ts';
import { complaintsOf } from './axe.ts';
import type { ChromiumHost } from './chromium-host.ts';
import { connectionBanner } from './views.ts';

test('a lost connection is told, with the next try', async ({ app }) => {
  await (app as ChromiumHost).killServer();
  await expect(connectionBanner(app.page)).toBeVisible();
  await expect(app.page.getByText(/^Next try in \d+ s$/)).toBeVisible();
  await app.page.getByRole('button', { name: 'Try now' }).click();
  await expect(connectionBanner(app.page)).toBeVisible();
  expect(await complaintsOf(app.page)).toEqual([]);
  // It tries no more then.
  await app.page.goto('about:blank');
  // The browser itself notes on the console that it could not connect; nothing else is there.
  for (const problem of app.problems.splice(0)) {
    expect(problem).toMatch(/ERR_CONNECTION_(?:REFUSED|RESET)/);
  }
});
