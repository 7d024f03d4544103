// axe finds nothing on any view, in either theme.
import { corruptAppliance } from '../fixtures/appliance.ts';
import { expect, test } from './app.ts';
import { complaintsOf, contrastComplaintsOf } from './axe.ts';
import { stagesOf } from './stages.ts';

test('axe finds nothing on any view, and no colour of either theme is too faint', async ({
  makeApp,
  places,
  appliance,
  largeAppliance,
}) => {
  // Every view there is, one after the other.
  test.slow();
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
  }
  expect(found).toEqual({});
});
