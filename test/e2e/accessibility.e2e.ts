// axe finds nothing on any view, in either theme: all of them in the browser, the first two dozen in Electron.
import { corruptAppliance } from '../fixtures/appliance.ts';
import { expect, test } from './app.ts';
import { complaintsOf, contrastComplaintsOf } from './axe.ts';
import { stagesOf } from './stages.ts';

/** The last stage that Electron is led to: both run the same Chromium code on the same page, and the browser sees all of it. */
const lastInElectron = 'library';

test('axe finds nothing on any view, and no colour of either theme is too faint', async ({
  makeApp,
  places,
  appliance,
  largeAppliance,
}) => {
  // Every view there is, one after the other: about a hundred, of some seconds each.
  test.setTimeout(15 * 60_000);
  const app = makeApp({ colorScheme: 'light' });
  await app.start();
  const corrupt = await corruptAppliance(appliance, places.downloads);
  const found: Record<string, string[]> = {};
  for await (const stage of stagesOf({ app, places, appliance, large: largeAppliance, corrupt })) {
    const said = await complaintsOf(app.page);
    await app.page.emulateMedia({ colorScheme: 'dark' });
    // Themes differ in nothing but their colours.
    const saidInTheDark = await contrastComplaintsOf(app.page);
    await app.page.emulateMedia({ colorScheme: 'light' });
    if (said.length + saidInTheDark.length > 0) found[stage] = [...said, ...saidInTheDark];
    if (app.host === 'electron' && stage === lastInElectron) break;
  }
  expect(found).toEqual({});
});
