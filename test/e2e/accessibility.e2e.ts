// axe finds nothing on any view, in either theme.
import { corruptAppliance } from '../fixtures/appliance.ts';
import { expect, test } from './app.ts';
import { complaintsOf } from './axe.ts';
import { stagesOf } from './stages.ts';

for (const theme of ['light', 'dark'] as const) {
  test(`axe finds nothing on any view in the ${theme} theme`, async ({
    makeApp,
    places,
    appliance,
    largeAppliance,
  }) => {
    // Every view there is, one after the other.
    test.slow();
    const app = makeApp({ colorScheme: theme });
    await app.start();
    const corrupt = await corruptAppliance(appliance, places.downloads);
    const found: Record<string, string[]> = {};
    for await (const stage of stagesOf({ app, places, appliance, large: largeAppliance, corrupt })) {
      const said = await complaintsOf(app.page);
      if (said.length > 0) found[stage] = said;
    }
    expect(found).toEqual({});
  });
}
