// axe finds nothing on any view, in either theme.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { corruptAppliance } from '../fixtures/appliance.ts';
import { expect, test } from './app.ts';
import { stagesOf } from './stages.ts';

/** What axe complains about, each with the elements it means. */
async function complaints(page: Page): Promise<string[]> {
  // The legacy mode asks for no second page, which Electron has none of.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(' ')}: ${failureSummary ?? ''}`),
  );
}

for (const theme of ['light', 'dark'] as const) {
  test(`axe finds nothing on any view in the ${theme} theme`, async ({ makeApp, places, appliance }) => {
    const app = makeApp({ colorScheme: theme });
    await app.start();
    const corrupt = await corruptAppliance(appliance, places.downloads);
    const found: Record<string, string[]> = {};
    for await (const stage of stagesOf({ app, places, appliance, corrupt })) {
      // Colours that are still changing have no contrast to be judged.
      await app.page.waitForFunction(() =>
        document.getAnimations().every(({ playState }) => playState !== 'running'),
      );
      const said = await complaints(app.page);
      if (said.length > 0) found[stage] = said;
    }
    expect(found).toEqual({});
  });
}
